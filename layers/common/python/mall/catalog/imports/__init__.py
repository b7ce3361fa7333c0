"""Bulk imports: files of products or codes, checked whole and then brought in batch by batch.

`table`     a CSV file as rows, and what is wrong with it    `progress`  how far an import is
`products`  rows as requests of new products            `codes`     rows as codes
`bringing`  batches of rows, each one transaction
"""
