"""Finite groups and their exact representations.

Conventions: permutations act on {0, …, n−1} and compose as functions, (p*q)(i) = p(q(i)); a representation is a
homomorphism, ρ(g*h) = ρ(g) @ ρ(h).
"""

from .arithmetic.cyclotomic import Cyclotomic, E, cos_turn, sin_turn
from .arithmetic.exact_matrix import ExactMatrix
from .arithmetic.sympy_numbers import number_from_sympy
from .catalogue.identification import identify
from .catalogue.isomorphisms import isomorphism
from .catalogue.named import named_group
from .catalogue.numbered import SmallGroup, small_group, small_groups
from .characters.border_strips import murnaghan_nakayama
from .characters.character_table import CharacterTable, Quotient
from .characters.class_function import ClassFunction
from .characters.normal_subgroups import NormalSubgroup
from .characters.table_certificate import TableCertificate
from .constructions.products import direct_product, semidirect_product, wreath_product
from .errors import (
    BistateError,
    CyclotomicError,
    FieldError,
    GroupError,
    GroupNameError,
    MatrixError,
    RepresentationError,
    TooLargeError,
)
from .families.abelian import AbelianGroup
from .families.alternating import AlternatingGroup
from .families.cyclic import CyclicGroup
from .families.dihedral import DihedralGroup
from .families.mathieu import mathieu_group
from .families.matrix_groups import linear_group
from .families.quaternion import QuaternionGroup
from .families.symmetric import SymmetricGroup
from .fields.number_field import NumberField
from .group import PermutationGroup
from .irreducible.young import orthogonal_generators, seminormal, specht
from .permutations.cayley_graphs import cayley_graph
from .permutations.conjugacy import ConjugacyClass
from .permutations.permutation import Permutation
from .permutations.presentation import Presentation
from .permutations.tableaux import partitions, standard_tableaux
from .projective.class_irreps import projective_irreps
from .projective.covers import CentralExtension, schur_cover
from .projective.factor_system import FactorSystem
from .projective.multiplier import SchurMultiplier, schur_multiplier
from .projective.projective_representation import ProjectiveRepresentation
from .recognition.choose import irreps
from .representations.decomposition import Decomposition
from .representations.equivariant_maps import intertwiners
from .representations.integral import integer_matrices
from .representations.permutation_action import (
    PermutationRepresentation,
    permutation_representation,
    regular_representation,
)
from .representations.representation import Representation
from .representations.representation_algebra import decompose, direct_sum, dual, induce, restrict, tensor_product
from .watch import progress

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
    "identify",
    "isomorphism",
    "linear_group",
    "mathieu_group",
    "cayley_graph",
    "Cyclotomic",
    "E",
    "cos_turn",
    "sin_turn",
    "number_from_sympy",
    "ExactMatrix",
    "Representation",
    "PermutationRepresentation",
    "permutation_representation",
    "regular_representation",
    "direct_sum",
    "tensor_product",
    "dual",
    "restrict",
    "induce",
    "intertwiners",
    "SmallGroup",
    "small_group",
    "small_groups",
    "integer_matrices",
    "ProjectiveRepresentation",
    "FactorSystem",
    "SchurMultiplier",
    "schur_multiplier",
    "CentralExtension",
    "schur_cover",
    "projective_irreps",
    "Decomposition",
    "decompose",
    "NumberField",
    "ClassFunction",
    "CharacterTable",
    "TableCertificate",
    "NormalSubgroup",
    "Quotient",
    "murnaghan_nakayama",
    "irreps",
    "partitions",
    "standard_tableaux",
    "seminormal",
    "specht",
    "orthogonal_generators",
    "progress",
    "BistateError",
    "GroupError",
    "GroupNameError",
    "TooLargeError",
    "RepresentationError",
    "CyclotomicError",
    "MatrixError",
    "FieldError",
]
