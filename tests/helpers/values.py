"""One value or more of every kind that the layers hand out: what the law of values is tested on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bistate import groups, models, theory, verify
from bistate.groups import E, ExactMatrix, SymmetricGroup
from bistate.models import LinearRNN, StateTracking
from bistate.theory import Automaton

S3, C5, Q8 = SymmetricGroup(3), groups.CyclicGroup(5), groups.QuaternionGroup(8)
V4 = groups.named_group("C2^2")
PARITY = Automaton.parity()
TASK = Automaton.word_problem(S3, letters="generators")
LEVELS = Automaton([0, 1, 2], ["down", "up"], [[0, 1], [0, 2], [1, 2]], 0)
WORDS = [list(word) for word in ("a", "b", "ab", "ba", "aab", "abb", "bab", "bba", "abab", "bbaa") * 3]
PARITIES = [word.count("a") % 2 for word in WORDS]


@cache
def network(noise: float = 0.0) -> LinearRNN:
    """A recurrence in float64 whose matrices are exact ones, or near them."""
    B, start, readout = theory.realize(TASK).to_numpy()
    return LinearRNN.from_arrays(B + noise, start, readout)


@cache
def comparison() -> verify.Comparison:
    return verify.compare(network(), TASK)


def group_values() -> Iterator[Any]:
    table = S3.character_table()
    yield from (S3, C5, Q8, groups.DihedralGroup(4), groups.AlternatingGroup(4), groups.AbelianGroup([2, 4]), V4)
    yield groups.PermutationGroup([[1, 2, 0]])
    yield groups.direct_product(S3, C5)
    yield groups.semidirect_product(C5, groups.CyclicGroup(4), lambda h, n: n ** (2 ** h[0]))
    yield groups.wreath_product(groups.CyclicGroup(2), groups.CyclicGroup(2))
    yield from (groups.linear_group("SL", 2, 3), groups.mathieu_group(11))
    yield from (S3.generators[0], S3.elements[0], S3.conjugacy_classes()[1], S3.presentation)
    yield from (E(5), E(1), groups.cos_turn(1, 7), ExactMatrix([[1, E(3)], [0, 2]]), ExactMatrix.identity(2))
    yield from (*S3.irreps(), *Q8.irreps("real"), Q8.irrep(4), C5.irreps()[1], S3.irreps()[2].field)
    yield from (groups.permutation_representation(S3), groups.regular_representation(S3))
    yield groups.decompose(groups.regular_representation(S3))
    yield from (*groups.projective_irreps(V4, (1,)), groups.projective_irreps(V4, (1,))[0].factor_system())
    yield from (groups.schur_multiplier(V4), groups.schur_cover(V4))
    yield from (table, C5.character_table(), table.characters[1], table.certificate(), *table.normal_subgroups())
    yield from (table.quotient(table.normal_subgroups()[1]), next(groups.small_groups(8)))


def theory_values() -> Iterator[Any]:
    monoid, cascade, full = LEVELS.transition_monoid(), LEVELS.cascade(), theory.realize(TASK)
    yield from (TASK, PARITY, LEVELS, Automaton.from_regex("(ab)*", "ab"), theory.group_task_of(TASK), monoid)
    yield from (theory.benchmark(name) for name in list(theory.BENCHMARKS)[:3])
    yield from (theory.green_classes(monoid), *theory.maximal_subgroups(monoid))
    yield from (cascade, *cascade.layers, *cascade.layers[0].classes, *theory.composition_factors(TASK))
    yield from (theory.realize(TASK, rung) for rung in ("full", "block", "householder", "cp", "monomial"))
    yield from (theory.realize(TASK, rung).factors for rung in ("householder", "cp"))
    yield theory.realize(TASK, "stack")
    yield theory.quaternion_weights(Automaton.word_problem(groups.AlternatingGroup(4)))
    yield from (theory.robust_weights(PARITY), theory.Rung.FULL, theory.Outcome.PROVED)
    for task in (PARITY, TASK, LEVELS, V4, Automaton.from_regex("(a|b)*abb", "ab").with_outputs([0, 1, 1, 0])):
        ladder = theory.classify(task)
        yield ladder
        for row in ladder.values():
            yield from (row, row.lower, row.upper)
    yield theory.classify(LEVELS)["full"].weights  # with cones
    yield from (full.prove(TASK), full.prove(TASK).certificate, theory.classify(TASK)["full"].lower.recheck())
    yield from (theory.robustness(TASK), theory.robustness(PARITY), theory.robustness(TASK).three)
    yield from (theory.decision_margin(full), theory.equivalence(full, full), full.direction_graph)
    yield theory.additive_term_breaks_scale_invariance()


def model_values() -> Iterator[Any]:
    yield from (network().linear(), network(0.001).linear())
    yield from (StateTracking(TASK), StateTracking(TASK, lengths=(2, 5), seed=1))
    yield StateTracking.from_words(WORDS, PARITIES)
    yield from (models.length_law((1, 5)), models.length_law({3: 1, 5: 2}))
    yield next(iter(models.generate_words(TASK, 5)))
    layers = (models.Gate([1.0, 2.0]), models.Activation("relu"), models.Norm(1e-5))
    yield from (*layers, models.Affine([[1.0, -1.0]], [1.0]), models.Residual(layers), models.Decoder(layers))
    yield models.Product(layers, layers[1:])
    yield models.NormedReadout([[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], eps=1.0)
    config = models.TrainConfig(steps=2, batch=4)
    model = models.BilinearRNN(2, 2, 2, seed=0)
    yield from (config, models.usual_config("full", letters=2, states=2))
    yield models.train(model, StateTracking(PARITY), config, progress=False)
    yield models.settle(model, PARITY, 1)


def verify_values() -> Iterator[Any]:
    net, found = network(), comparison()
    yield from (found, verify.compare(network(0.01), TASK), found.states, *found.intertwiners.values(), found.nearest)
    yield from found.multiplicities.values()
    yield from verify.alternatives(net, TASK)
    yield verify.certify(LinearRNN.from_arrays(*theory.realize(PARITY).to_numpy()), PARITY)
    yield from (verify.difference(net, network(0.01), 5), verify.balanced_truncation(net, 1, 5))
    yield verify.agreement(net, net, words=20)
    yield from (verify.recognise(net, words=200), verify.recognise_words(WORDS, PARITIES))
    yield from (verify.refute(network(0.3), TASK), verify.word_states(net, TASK, 20, 12, 2))
    findings = verify.Findings(TASK, "S3", {"learned": {5: 1.0}}, {5: 0.2}, 20, comparison=found)
    yield from (findings, verify.Report(Path("report.html"), findings))
    yield verify.DemoResult("S3", "", (), {}, (), 0.0, "", True, None, None, Path("report.html"))
