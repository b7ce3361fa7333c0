"""Reports: what all members hold together, day by day, and what each and the world is told.

`sums`       what entries change, as numbers that add up     `counting`     into daily totals, once
`liability`  what a sum of accounts holds at an instant      `closing`      days that are over
`reconciling`  totals held against the chains                `notices`      points about to end
`facts`      domain events    `statement`, `export`  files   `views`        what is asked and shown
"""
