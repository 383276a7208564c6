"""Automata, exact bilinear weights and the ladder of transition families.

Conventions: h_t = A[x_t] h_{t−1}, so A[w] = A[x_T] ⋯ A[x_1]; predictions do not depend on the scale of h.
"""

from .automata.acting_group import group_task_of
from .automata.automaton import Automaton
from .automata.green import GreenClasses, MaximalSubgroup, green_classes, is_star_free, maximal_subgroups
from .automata.group_task import GroupTask
from .automata.meataxe import CompositionFactor, composition_factors
from .automata.transition_monoid import TransitionMonoid
from .benchmarks.entry import Benchmark
from .benchmarks.registry import BENCHMARKS, benchmark
from .cascade.layers import Cascade, CascadeLayer, ImageClass
from .cones.cone_weights import ConeWeights
from .constructions.choose import realize
from .constructions.double_cover import quaternion_weights
from .constructions.product_weights import direct_sum
from .errors import AutomatonError, RungError, WeightsError
from .ladder.classification import classify
from .ladder.ladder_row import Ladder, LadderRow, LowerBound, UpperBound
from .paper.frozen_parity import (
    fixed_length_probability,
    simulated_probability,
    two_words_probability,
    varying_length_probability,
)
from .paper.propositions import (
    ScaleFailure,
    additive_term_breaks_scale_invariance,
    all_commute,
    scale_invariant,
    shared_eigenbasis_commutes,
    simulates_every_automaton,
)
from .robust.construction import robust_radius, robust_weights
from .robust.decision import FixedStates, Robustness, robustness
from .stacks.stacked_weights import StackedWeights
from .verdict import OrbitCertificate, Outcome, Verdict
from .weights.averaging import averaged, kernel_projection
from .weights.decoded_weights import DecodedWeights
from .weights.directions import DirectionGraph
from .weights.factors import CPFactors, HouseholderFactors
from .weights.margin import Margin, decision_margin, numerical_horizon
from .weights.reflections import as_reflections
from .weights.rung import Rung
from .weights.same_function import Equivalence, equivalence, minimal_realisation, minimal_realization
from .weights.weights import BilinearWeights

__all__ = [
    "Automaton",
    "GroupTask",
    "group_task_of",
    "TransitionMonoid",
    "Benchmark",
    "BENCHMARKS",
    "benchmark",
    "BilinearWeights",
    "StackedWeights",
    "realize",
    "classify",
    "Ladder",
    "robustness",
    "Robustness",
    "FixedStates",
    "robust_weights",
    "robust_radius",
    "direct_sum",
    "LadderRow",
    "LowerBound",
    "UpperBound",
    "HouseholderFactors",
    "CPFactors",
    "as_reflections",
    "averaged",
    "kernel_projection",
    "quaternion_weights",
    "ConeWeights",
    "DecodedWeights",
    "equivalence",
    "Equivalence",
    "minimal_realisation",
    "minimal_realization",
    "decision_margin",
    "numerical_horizon",
    "Margin",
    "green_classes",
    "GreenClasses",
    "maximal_subgroups",
    "MaximalSubgroup",
    "is_star_free",
    "Cascade",
    "CascadeLayer",
    "ImageClass",
    "composition_factors",
    "CompositionFactor",
    "Rung",
    "Verdict",
    "Outcome",
    "OrbitCertificate",
    "DirectionGraph",
    "simulates_every_automaton",
    "shared_eigenbasis_commutes",
    "all_commute",
    "scale_invariant",
    "fixed_length_probability",
    "varying_length_probability",
    "two_words_probability",
    "simulated_probability",
    "additive_term_breaks_scale_invariance",
    "ScaleFailure",
    "AutomatonError",
    "WeightsError",
    "RungError",
]
