"""Automata in files as other tools write them."""

AALPY_DFA = """digraph learnedModel {
s0 [label="s0"];
s1 [label="s1", shape=doublecircle];
s0 -> s1  [label="a"];
s0 -> s0  [label="b"];
s1 -> s0  [label="a"];
s1 -> s1  [label="b"];
__start0 [label="", shape=none];
__start0 -> s0  [label=""];
}
"""
AALPY_MOORE = """digraph learnedModel {
s0 [label="s0|low", shape=record, style=rounded];
s1 [label="s1|high", shape=record, style=rounded];
s2 [label="s2|high", shape=record, style=rounded];
s0 -> s1  [label=up];
s1 -> s2  [label=up];
s2 -> s2  [label=up];
__start0 [label="", shape=none];
__start0 -> s0  [label=""];
}
"""
LEARNLIB = """digraph g {

	s0 [shape="doublecircle" label="0"];
	s1 [shape="circle" label="1"];
	s0 -> s1 [label="a"];
	s0 -> s0 [label="b"];
	s1 -> s0 [label="a"];
	s1 -> s1 [label="b"];

__start0 [label="" shape="none" width="0" height="0"];
__start0 -> s0;

}
"""
LEARNLIB_MOORE = LEARNLIB.replace('"0"', '"0 / x"').replace('"1"', '"1 / y"').replace("doublecircle", "circle")
BY_HAND = """// two states
strict digraph { rankdir = LR; node [shape=circle]; edge [color=gray]
  start [shape=point]
  A; B [peripheries=2]   # the last one
  start -> A
  A -> B -> A [label=0]; A -> A [label=1] B -> B [label=1] /* stays
  here */ }
"""
SPOT = """HOA: v1
name: "GFa"
States: 2
Start: 1
AP: 1 "a"
acc-name: Buchi
Acceptance: 1 Inf(0)
properties: trans-labels explicit-labels state-acc complete
properties: deterministic stutter-invariant
--BODY--
State: 0 {0}
[0] 0
[!0] 1
State: 1
[0] 0
[!0] 1
--END--
"""
LTL2 = """HOA: v1 States: 2 Start: 0 AP: 2 "p" "q" Alias: @both 0&1 Acceptance: 0 t tool: "x" "1.0"
--BODY--
State: 0 "A" [@both] 1 [!@both] 0
State: 1 "B" [t] 1 /* for ever */
--END--"""
CADP = """des (0, 4, 2)
(0, "GET !1", 1)
(0, PUT, 0)
(1, PUT, 0)

(1, "GET !1", 1)
"""
