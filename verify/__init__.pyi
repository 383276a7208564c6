"""Comparison, exact repair, reports and the command line."""

from . import strategies
from .certificates.certificate import Certificate, load_certificate
from .comparison.comparison import Comparison, compare
from .comparison.defects import product_defect, relator_defects
from .comparison.exact_repair import snap
from .comparison.learned_intertwiners import Intertwiner, intertwiner
from .comparison.recognition import Recognition, recognise, recognize
from .comparison.same_up_to_names import renaming
from .comparison.several_repairs import Alternative, alternatives
from .comparison.spectrum import irrep_spectrum
from .comparison.word_recognition import WordRecognition, recognise_words, recognize_words
from .distance.difference_bound import Difference, difference
from .distance.truncation import Truncation, balanced_truncation
from .errors import CertificateError, MismatchError, ReportError, SnapError
from .exact_check import CheckError, check
from .horizon.certification import certify
from .networks.gramians import hankel_singular_values
from .networks.mean_states import WordStates, word_states
from .networks.same_scores import Agreement, agreement
from .refutation.refutation import Refutation, refute
from .reports.demonstration import DemoResult, demo
from .reports.findings import Findings, accuracy_curve, gather
from .reports.report_folder import Report, report, write_report
from .task_texts import parse_task

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
    "agreement",
    "Agreement",
    "hankel_singular_values",
    "refute",
    "recognise",
    "recognize",
    "Recognition",
    "recognise_words",
    "recognize_words",
    "WordRecognition",
    "renaming",
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
