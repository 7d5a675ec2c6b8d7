"""A run becomes one HTML file that needs nothing else; two runs become a comparison.

``write_report`` and ``write_comparison`` make the files, ``report_tables`` and
``comparison_tables`` give the same figures as rows.
"""

from framing.report.files import comparison_tables, report_tables, write_comparison, write_report
from framing.report.runs import Run

__all__ = ["Run", "comparison_tables", "report_tables", "write_comparison", "write_report"]
