"""Articles in and out of files: CSV, XLSX and JSON lines, all with the same columns.

A file is taken whole or not at all: every problem in it is reported at once, with its row and column, in Korean and
English, and nothing is stored until there is none. The same file twice changes nothing.
"""

from knowledge_base.exchange.export import export_rows, write_export
from knowledge_base.exchange.load import ImportReport, import_file, read_articles
from knowledge_base.exchange.problems import Problem

__all__ = ["ImportReport", "Problem", "export_rows", "import_file", "read_articles", "write_export"]
