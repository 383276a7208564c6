# Facts about groups as GAP builds them, by name: `gap -q tests/oracles/names.g > tests/oracles/names.txt`.
#
# A line: our name, the order, and, where GAP has a number for the order, the number, else 0; then the conjugacy classes as
# order:size, sorted. GAP 4.12.1 with SmallGrp 1.5.1.
SetPrintFormattingStatus("*stdout*", false);
W := function(t, n) return WeylGroup(RootSystem(SimpleLieAlgebra(t, n, Rationals))); end;
shown := function(name, G)
  local classes, number;
  classes := List(ConjugacyClasses(G), c -> [Order(Representative(c)), Size(c)]);
  Sort(classes);
  number := 0;
  if Size(G) <= 63 then number := IdGroup(G)[2]; fi;
  Print(name, " ", Size(G), " ", number, " ", JoinStringsWithSeparator(List(classes, c -> Concatenation(String(c[1]), ":", String(c[2]))), ","), "\n");
end;
perm := G -> Image(IsomorphismPermGroup(G), G);
affine := function(n, q)
  local F, V, one;
  F := GF(q); V := F^(n + 1); one := One(F);
  # matrices (M t; 0 1) on vectors with last entry 1, as a subgroup of GL(n+1, q)
  return perm(Group(Concatenation(
    List(GeneratorsOfGroup(GL(n, q)), function(M) local A, i, j; A := IdentityMat(n + 1, F);
      for i in [1..n] do for j in [1..n] do A[i][j] := M[i][j]; od; od; return A; end),
    List(Basis(F), function(t) local A; A := IdentityMat(n + 1, F); A[1][n + 1] := t; return A; end))));
end;
shown("D4", DihedralGroup(8));
shown("Dih(8)", DihedralGroup(8));
shown("D8", DihedralGroup(16));
shown("Dih(16)", DihedralGroup(16));
shown("D15", DihedralGroup(30));
shown("Q16", QuaternionGroup(16));
shown("Dic3", DicyclicGroup(12));
shown("SD16", SmallGroup(16, 8));
shown("Z/4", CyclicGroup(4));
shown("Sym(4)", SymmetricGroup(4));
shown("Alt(5)", AlternatingGroup(5));
shown("AGL(1,5)", affine(1, 5));
shown("AGL(1,8)", affine(1, 8));
shown("AGL(2,3)", affine(2, 3));
shown("AGL(3,2)", affine(3, 2));
shown("GL(2,3)", perm(GL(2, 3)));
shown("2.S4+", perm(GL(2, 3)));
shown("2T", perm(SL(2, 3)));
shown("2.A5", perm(SL(2, 5)));
shown("2.A6", perm(SL(2, 9)));
shown("PSL(2,16)", PSL(2, 16));
shown("PGL(2,9)", PGL(2, 9));
shown("PSL(3,4)", PSL(3, 4));
shown("Sp(4,3)", perm(Sp(4, 3)));
shown("PSp(4,3)", PSp(4, 3));
shown("PSU(3,3)", PSU(3, 3));
shown("SU(3,3)", perm(SU(3, 3)));
shown("PSU(4,2)", PSU(4, 2));
shown("PSU(3,4)", PSU(3, 4));
shown("W(A4)", perm(W("A", 4)));
shown("W(B3)", perm(W("B", 3)));
shown("W(C4)", perm(W("C", 4)));
shown("W(D4)", perm(W("D", 4)));
shown("W(D5)", perm(W("D", 5)));
shown("W(F4)", perm(W("F", 4)));
shown("W(G2)", perm(W("G", 2)));
shown("W(E6)", perm(W("E", 6)));
shown("S3wrC2", WreathProduct(SymmetricGroup(3), CyclicGroup(IsPermGroup, 2)));
shown("C2wrS4", WreathProduct(CyclicGroup(IsPermGroup, 2), SymmetricGroup(4)));
shown("S4wrC3", WreathProduct(SymmetricGroup(4), CyclicGroup(IsPermGroup, 3)));
shown("M11", MathieuGroup(11));
shown("M12", MathieuGroup(12));
shown("Oh", DirectProduct(SymmetricGroup(4), CyclicGroup(2)));
shown("Ih", DirectProduct(AlternatingGroup(5), CyclicGroup(2)));
QUIT;
