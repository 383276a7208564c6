# The list of groups of the oracle, each with a small permutation representation found by GAP.
# Read by make_oracle.py, which sets `only`, a text that names have to contain, and `target`, the file to write: a row
# [name, degree, generators as images from 0] a line.
SetInfoLevel(InfoWarning, 0);;
for name in ["smallgrp", "transgrp", "primgrp", "ctbllib"] do
  if LoadPackage(name, false) <> true then Error("GAP package ", name, " is missing"); fi;
od;
out := OutputTextFile(target, false);; SetPrintFormattingStatus(out, false);;

# The random sources are reset for every group, so that a list that grows does not change the rows before.
Restart := function()
  Reset(GlobalMersenneTwister, 1); Reset(GlobalRandomSource, 1);
end;

# Generators are kept as they are: of the group itself where it permutes points already.
Write := function(name, P)
  local d;
  d := Maximum(1, LargestMovedPoint(P));
  PrintTo(out, "[\"", name, "\",", d, ",", List(GeneratorsOfGroup(P), g -> ListPerm(g, d) - 1), "]\n");
end;

# A small permutation representation. `Image(f)` alone may be the range, which for SL(n,q) is larger.
Small := function(G)
  local P;
  P := Image(IsomorphismPermGroup(G), G);
  P := Image(SmallerDegreePermutationRepresentation(P), P);
  if Size(P) <> Size(G) then Error("not faithful"); fi;
  return Group(SmallGeneratingSet(P), ());
end;

Named := function(name, make)
  local G;
  if PositionSublist(name, only) = fail then return; fi;
  Restart();
  G := make();
  if not IsPermGroup(G) then G := Small(G); fi;
  Write(name, G);
end;

Library := function(n, i)
  Named(Concatenation("SmallGroup(", String(n), ",", String(i), ")"), {} -> Small(SmallGroup(n, i)));
end;

# --- every group of order below 64, every transitive group of degree at most 8 ---

for n in [1..63] do for i in [1..NrSmallGroups(n)] do Library(n, i); od; od;
for n in [2..8] do for i in [1..NrTransitiveGroups(n)] do
  Named(Concatenation("TransitiveGroup(", String(n), ",", String(i), ")"), {} -> TransitiveGroup(n, i));
od; od;

# --- samples of larger orders ---

Sample := function(n, count)
  local total, k;
  total := NrSmallGroups(n);
  for k in [1..Minimum(count, total)] do Library(n, QuoInt((2 * k - 1) * total, 2 * Minimum(count, total)) + 1); od;
end;
Sample(64, 20);
for n in [72, 108, 120, 144, 162, 192, 216, 240] do Sample(n, 10); od;
Sample(81, 15); Sample(96, 16); Sample(243, 6); Sample(160, 5); Sample(200, 5); Sample(252, 5);
# Of order 128 the spread, and three with at least 20 irreps of degree above 1.
Sample(128, 8);
for i in [36, 928, 2023] do Library(128, i); od;
# Large Schur indices: C5:C16 (4), C7:C27, C13:C27 and its like, C11:C25 (5); generalised quaternion groups.
for pair in [[80,3],[189,1],[351,1],[275,1],[64,54],[128,163],[84,1],[112,1],[156,1],[126,1],[117,1],[176,1]] do
  Library(pair[1], pair[2]);
od;
# Odd order and nilpotent classes beyond the above.
for pair in [[147,1],[147,3],[351,7],[375,2],[343,3],[343,4],[605,5],[125,3],[125,4],[625,7]] do
  Library(pair[1], pair[2]);
od;

# --- by name ---

for n in [5, 6, 7, 8] do
  name := String(n);
  Named(Concatenation("A", name), {} -> AlternatingGroup(n));
  Named(Concatenation("S", name), {} -> SymmetricGroup(n));
od;
Named("M11", {} -> MathieuGroup(11)); Named("M12", {} -> MathieuGroup(12));
for q in [7, 8, 11, 13, 16, 17, 19, 23] do Named(Concatenation("PSL(2,", String(q), ")"), {} -> PSL(2, q)); od;
for q in [5, 7, 9, 11] do Named(Concatenation("PGL(2,", String(q), ")"), {} -> PGL(2, q)); od;
for q in [3, 5, 7, 8, 9, 11, 13] do Named(Concatenation("SL(2,", String(q), ")"), {} -> SL(2, q)); od;
for q in [3, 4, 5, 7] do Named(Concatenation("GL(2,", String(q), ")"), {} -> GL(2, q)); od;
Named("M10", {} -> TransitiveGroup(10, 31)); Named("PGammaL(2,9)", {} -> TransitiveGroup(10, 35));
Named("PGammaL(2,8)", {} -> PrimitiveGroup(9, 9)); Named("PSL(3,3)", {} -> PSL(3, 3));
Named("PSU(3,3)", {} -> PSU(3, 3)); Named("PSU(3,2)", {} -> PSU(3, 2)); Named("SU(3,2)", {} -> SU(3, 2));
Named("PSU(4,2)", {} -> PSU(4, 2)); Named("PSp(4,3)", {} -> PSp(4, 3));
Named("Sz(8)", {} -> SuzukiGroup(IsPermGroup, 8));
Named("PSL(3,4)", {} -> PSL(3, 4)); Named("SL(3,2)", {} -> SL(3, 2)); Named("GL(3,2)", {} -> GL(3, 2));
Named("2.S4-", {} -> SmallGroup(48, 28)); Named("2.S4+", {} -> SmallGroup(48, 29));
Named("2.S5-", {} -> SmallGroup(240, 89)); Named("2.S5+", {} -> SmallGroup(240, 90));
Named("ASL(2,3)", {} -> TransitiveGroup(9, 23)); Named("AGL(2,3)", {} -> TransitiveGroup(9, 26));
Named("AGammaL(1,9)", {} -> TransitiveGroup(9, 19)); Named("AGammaL(1,16)", {} -> PrimitiveGroup(16, 6));
for i in [1..10] do Named(Concatenation("PrimitiveGroup(16,", String(i), ")"), {} -> PrimitiveGroup(16, i)); od;
for i in [1..10] do Named(Concatenation("PrimitiveGroup(25,", String(i), ")"), {} -> PrimitiveGroup(25, i)); od;
for i in [1..9] do Named(Concatenation("PrimitiveGroup(27,", String(i), ")"), {} -> PrimitiveGroup(27, i)); od;
for i in [1..8] do Named(Concatenation("PrimitiveGroup(49,", String(i * 4), ")"), {} -> PrimitiveGroup(49, i * 4)); od;
for p in [11, 13, 17, 31] do
  Named(Concatenation("AGL(1,", String(p), ")"), {} -> PrimitiveGroup(p, PositionProperty([1..NrPrimitiveGroups(p)],
    i -> Size(PrimitiveGroup(p, i)) = p * (p - 1))));
od;
Named("C31:C5", {} -> SmallGroup(155, 1)); Named("C13:C4", {} -> SmallGroup(52, 3));
Named("C5:C4", {} -> SmallGroup(20, 3));
Named("C7:C3", {} -> SmallGroup(21, 1)); Named("Dic7", {} -> DicyclicGroup(IsPermGroup, 28));
Named("2^(1+4)+", {} -> ExtraspecialGroup(32, "+")); Named("2^(1+4)-", {} -> ExtraspecialGroup(32, "-"));
Named("2^(1+6)+", {} -> ExtraspecialGroup(128, "+")); Named("2^(1+6)-", {} -> ExtraspecialGroup(128, "-"));
Named("C2wrS3", {} -> WreathProduct(SymmetricGroup(2), SymmetricGroup(3)));
Named("C2wrS4", {} -> WreathProduct(SymmetricGroup(2), SymmetricGroup(4)));
Named("C2wrS5", {} -> WreathProduct(SymmetricGroup(2), SymmetricGroup(5)));
Named("C3wrC3", {} -> WreathProduct(CyclicGroup(IsPermGroup, 3), CyclicGroup(IsPermGroup, 3)));
Named("C3wrS3", {} -> WreathProduct(CyclicGroup(IsPermGroup, 3), SymmetricGroup(3)));
Named("C4wrC2", {} -> WreathProduct(CyclicGroup(IsPermGroup, 4), SymmetricGroup(2)));
Named("Q8wrC2", {} -> WreathProduct(QuaternionGroup(IsPermGroup, 8), SymmetricGroup(2)));
Named("SL(2,3)wrC2", {} -> WreathProduct(Small(SL(2, 3)), SymmetricGroup(2)));
Named("A4wrC2", {} -> WreathProduct(AlternatingGroup(4), SymmetricGroup(2)));
Named("A5wrC2", {} -> WreathProduct(AlternatingGroup(5), SymmetricGroup(2)));
Named("S3wrS3", {} -> WreathProduct(SymmetricGroup(3), SymmetricGroup(3)));
Named("D4wrC2", {} -> WreathProduct(DihedralGroup(IsPermGroup, 8), SymmetricGroup(2)));
Times := {G, n} -> DirectProduct(Small(G), CyclicGroup(IsPermGroup, n));
Named("A5xC7", {} -> Times(AlternatingGroup(5), 7)); Named("Q8xC3", {} -> Times(SmallGroup(8, 4), 3));
Named("SL(2,3)xC4", {} -> Times(SL(2, 3), 4)); Named("SL(2,5)xC3", {} -> Times(SL(2, 5), 3));
Named("Q8xC7", {} -> Times(SmallGroup(8, 4), 7)); Named("Q8xC5", {} -> Times(SmallGroup(8, 4), 5));
Named("PSL(2,7)xC3", {} -> Times(PSL(2, 7), 3));
Named("A5xA5", {} -> DirectProduct(AlternatingGroup(5), AlternatingGroup(5)));
Named("M11xC2", {} -> Times(MathieuGroup(11), 2));
Named("A5xS4", {} -> DirectProduct(AlternatingGroup(5), SymmetricGroup(4)));
Named("Q8xQ8", {} -> DirectProduct(QuaternionGroup(IsPermGroup, 8), QuaternionGroup(IsPermGroup, 8)));
Named("2^4:A6", {} -> PrimitiveGroup(16, 17)); Named("2^4:A5", {} -> PrimitiveGroup(16, 19));
Named("2^4:A7", {} -> PrimitiveGroup(16, 20)); Named("11^2:SL(2,5)", {} -> First(List([1..NrPrimitiveGroups(121)],
  i -> PrimitiveGroup(121, i)), G -> Size(G) = 121 * 120 and IdGroup(Stabilizer(G, 1)) = [120, 5]));
CloseStream(out);
QUIT;
