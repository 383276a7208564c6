# Schur multipliers of the groups of order up to 63: `gap -q tests/oracles/multipliers.g > tests/oracles/multipliers.txt`.
#
# A line: order, number, and the abelian invariants of the multiplier, which are prime powers. GAP 4.12.1 with SmallGrp 1.5.1.
for n in [1..63] do
  for i in [1..NrSmallGroups(n)] do
    Print(JoinStringsWithSeparator(List(Concatenation([n, i], AbelianInvariantsMultiplier(SmallGroup(n, i))), String), " "), "\n");
  od;
od;
QUIT;
