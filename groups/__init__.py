"""Finite groups and their exact representations.

Conventions: permutations act on {0, …, n−1} and compose as functions, (p*q)(i) = p(q(i)); a representation is a
homomorphism, ρ(g*h) = ρ(g) @ ρ(h).
"""

from .abelian import AbelianGroup
from .alternating import AlternatingGroup
from .cayley import cayley_graph
from .character_table import CharacterTable
from .class_function import ClassFunction
from .cyclic import CyclicGroup
from .cyclotomic import Cyclotomic, CyclotomicError, E, cos_turn, sin_turn
from .dihedral import DihedralGroup
from .errors import BistateError, GroupError, RepresentationError, TooLargeError
from .exact_matrix import ExactMatrix, MatrixError
from .irreps import irreps
from .mathieu import mathieu_group
from .matrix_groups import linear_group
from .named import named_group
from .permutation import Permutation
from .permutation_group import ConjugacyClass, PermutationGroup
from .presentation import Presentation
from .products import direct_product, semidirect_product, wreath_product
from .quaternion import QuaternionGroup
from .representation import Representation
from .symmetric import SymmetricGroup
from .young import orthogonal_generators, partitions, seminormal, specht, standard_tableaux

__all__ = [
    "AbelianGroup",
    "AlternatingGroup",
    "CyclicGroup",
    "DihedralGroup",
    "QuaternionGroup",
    "SymmetricGroup",
    "PermutationGroup",
    "Permutation",
    "ConjugacyClass",
    "Presentation",
    "direct_product",
    "semidirect_product",
    "wreath_product",
    "named_group",
    "linear_group",
    "mathieu_group",
    "cayley_graph",
    "Cyclotomic",
    "E",
    "cos_turn",
    "sin_turn",
    "ExactMatrix",
    "Representation",
    "ClassFunction",
    "CharacterTable",
    "irreps",
    "partitions",
    "standard_tableaux",
    "seminormal",
    "specht",
    "orthogonal_generators",
    "BistateError",
    "GroupError",
    "TooLargeError",
    "RepresentationError",
    "CyclotomicError",
    "MatrixError",
]
