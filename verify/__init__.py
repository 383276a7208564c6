"""Comparison, exact repair, reports and the command line."""

from . import strategies
from .certify import Certificate, certify, load_certificate
from .compare import Comparison, compare
from .defects import product_defect, relator_defects
from .demo import DemoResult, demo
from .difference import Difference, difference
from .errors import CertificateError, MismatchError, SnapError
from .exact_check import CheckError, check
from .gramians import hankel_singular_values
from .intertwiners import Intertwiner, intertwiner
from .parse_task import parse_task
from .recognise import Recognition, recognise
from .refute import Refutation, refute
from .report import Findings, Report, ReportError, accuracy_curve, gather, report, write_report
from .snap import Alternative, alternatives, snap
from .spectrum import irrep_spectrum
from .truncation import Truncation, balanced_truncation
from .word_states import WordStates, word_states

__all__ = [
    "compare",
    "Comparison",
    "snap",
    "alternatives",
    "Alternative",
    "certify",
    "Certificate",
    "load_certificate",
    "check",
    "CheckError",
    "CertificateError",
    "difference",
    "Difference",
    "balanced_truncation",
    "Truncation",
    "hankel_singular_values",
    "refute",
    "recognise",
    "Recognition",
    "Refutation",
    "report",
    "strategies",
    "Report",
    "Findings",
    "gather",
    "write_report",
    "accuracy_curve",
    "demo",
    "DemoResult",
    "parse_task",
    "word_states",
    "WordStates",
    "irrep_spectrum",
    "intertwiner",
    "Intertwiner",
    "product_defect",
    "relator_defects",
    "MismatchError",
    "SnapError",
    "ReportError",
]
