"""Imports: codes in one request, and files of products or codes; both come in batch by batch.

`code_batches`  codes of one request                     `progress`  how far a file is
`table`     a CSV file as rows, and what is wrong with it    `bringing`  its batches
`products`  rows as requests of new products             `codes`     rows as codes
"""
