# Irreducible characters of given permutation groups, at given elements.
# Read by make_oracle.py, which sets `source`, a file that defines `rows`, a list of [name, generators, elements] with
# image lists from 1, and `target`, the file to write: for each group a line
#   [name, order, characters, numbers, values]
# with a character as [degree, indicator, [Q(chi):Q], Schur index over Q or 0 where the bounds below leave it open],
# a number as [n, coefficients of 1, E(n), ..., E(n)^(n-1)], and values as positions from 0 in `numbers`, a list for
# each character.
SetInfoLevel(InfoWarning, 0);;
LoadPackage("ctbllib", false);;
Read(source);
out := OutputTextFile(target, false);; SetPrintFormattingStatus(out, false);;

# The residues k modulo n, a multiple of the conductor, for which E(n) -> E(n)^k fixes all the values.
Fixing := function(values, n)
  values := Filtered(Set(values), x -> not IsRat(x));
  return Filtered(PrimeResidues(n), k -> ForAll(values, x -> GaloisCyc(x, k) = x));
end;

FieldDegree := function(values)
  local n;
  n := Conductor(values);
  return Phi(n) / Length(Fixing(values, n));
end;

RootsOfUnity := function(values)
  local n, fixing;
  n := Conductor(values);
  fixing := Fixing(values, n);
  return LcmInt(2, Maximum(Filtered(DivisorsInt(n), m -> ForAll(fixing, k -> (k - 1) mod m = 0))));
end;

# Subgroups whose linear characters bound Schur indices: all up to conjugacy where the group is small.
Subgroups := function(G)
  local found, p, S;
  if Size(G) <= 240 then return List(ConjugacyClassesSubgroups(G), Representative); fi;
  found := List(ConjugacyClasses(G), c -> Group(Representative(c)));
  for p in PrimeDivisors(Size(G)) do
    S := SylowSubgroup(G, p);
    Append(found, [S, Normalizer(G, S), DerivedSubgroup(S)]);
  od;
  Add(found, Stabilizer(G, LargestMovedPoint(G)));
  Add(found, DerivedSubgroup(G));
  return found;
end;

# The Schur index m of chi over Q divides
#   <chi_H, lambda> [Q(chi, lambda) : Q(chi)] for every linear character lambda of a subgroup H, and chi(1)
#   (Isaacs, Character Theory of Finite Groups, Lemma 10.2 and Corollary 10.2);
#   the number of roots of unity in Q(chi) (Benard and Schacher, The Schur subgroup II, J. Algebra 22, 1972).
# It is even where the indicator is -1. For groups of prime power order it is 2 there and 1 elsewhere (Isaacs, Corollary
# 10.14). Where the bounds do not meet, 0 is written.
SchurIndices := function(t, indicators)
  local G, chars, upper, lower, open, H, tH, fused, restricted, lambda, i, count, degrees;
  G := UnderlyingGroup(t); chars := Irr(t);
  lower := List(indicators, function(x) if x = -1 then return 2; fi; return 1; end);
  if IsPGroup(G) then return lower; fi;
  degrees := List(chars, FieldDegree);
  upper := List(chars, chi -> chi[1]);
  for i in [1..Length(chars)] do
    if upper[i] > 1 then
      upper[i] := GcdInt(upper[i], RootsOfUnity(chars[i]));
    fi;
  od;
  open := Filtered([1..Length(chars)], i -> upper[i] > lower[i]);
  if open = [] then return lower; fi;
  for H in Subgroups(G) do
    if open = [] then break; fi;
    tH := CharacterTable(H);
    fused := FusionConjugacyClasses(tH, t);
    for lambda in LinearCharacters(H) do
      for i in open do
        if upper[i] = lower[i] then continue; fi;
        restricted := chars[i]{fused};
        count := ScalarProduct(tH, restricted, ValuesOfClassFunction(lambda));
        if count mod upper[i] <> 0 then
          count := count * FieldDegree(Concatenation(chars[i], lambda)) / degrees[i];
          upper[i] := GcdInt(upper[i], count);
        fi;
      od;
      open := Filtered(open, i -> upper[i] > lower[i]);
    od;
  od;
  for i in open do upper[i] := 0; od;
  return upper;
end;

Describe := function(name, generators, elements)
  local G, t, classes, places, indicators, schur, numbers, values, chi, row, x, k;
  G := Group(List(generators, PermList), ());
  t := CharacterTable(G); classes := ConjugacyClasses(t);
  places := List(elements, e -> PositionProperty(classes, c -> PermList(e) in c));
  if Set(places) <> [1..Length(classes)] then Error("the elements given for ", name, " miss some classes"); fi;
  indicators := Indicator(t, 2); schur := SchurIndices(t, indicators);
  numbers := []; values := [];
  for chi in Irr(t) do
    row := [];
    for x in chi{places} do
      if not x in numbers then Add(numbers, x); fi;
      Add(row, Position(numbers, x) - 1);
    od;
    Add(values, row);
  od;
  PrintTo(out, "[\"", name, "\",", Size(G), ",",
    List([1..Length(Irr(t))], k -> [Irr(t)[k][1], indicators[k], FieldDegree(Irr(t)[k]), schur[k]]), ",",
    List(numbers, x -> [Conductor(x), CoeffsCyc(x, Conductor(x))]), ",", values, "]\n");
end;

for row in rows do
  start := Runtime();
  CallFuncList(Describe, row);
  if Runtime() - start > 5000 then PrintTo("*errout*", row[1], ": ", Runtime() - start, " ms\n"); fi;
od;
CloseStream(out);
QUIT;
