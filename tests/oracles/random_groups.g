# Irreducible characters of given permutation groups, at given elements.
# Read by random_groups.py, which sets `source`, a file that defines `rows`, a list of [generators, elements] with image
# lists from 1, and `target`, the file to write: for each group a line
#   [order, characters, numbers, values]
# with a character as [degree, indicator, conductor n of Q(chi), the residues k modulo n that fix it], a number as
# [n, coefficients of 1, E(n), ..., E(n)^(n-1)], and values as positions from 0 in `numbers`, a list for each character.
SetInfoLevel(InfoWarning, 0);;
Read(source);
out := OutputTextFile(target, false);; SetPrintFormattingStatus(out, false);;

FieldOf := function(values)
  local n;
  n := Conductor(values);
  return [n, Filtered([1..n], k -> GcdInt(k, n) = 1 and ForAll(values, x -> GaloisCyc(x, k) = x))];
end;

Describe := function(generators, elements)
  local G, t, classes, places, indicators, numbers, values, chi, row, x;
  G := Group(List(generators, PermList), ());
  t := CharacterTable(G); classes := ConjugacyClasses(t);
  places := List(elements, e -> PositionProperty(classes, c -> PermList(e) in c));
  if Set(places) <> [1..Length(classes)] then Error("the elements given miss some classes"); fi;
  indicators := Indicator(t, 2);
  numbers := []; values := [];
  for chi in Irr(t) do
    row := [];
    for x in chi{places} do
      if not x in numbers then Add(numbers, x); fi;
      Add(row, Position(numbers, x) - 1);
    od;
    Add(values, row);
  od;
  PrintTo(out, "[", Size(G), ",",
    List([1..Length(Irr(t))], k -> Concatenation([Irr(t)[k][1], indicators[k]], FieldOf(Irr(t)[k]))), ",",
    List(numbers, x -> [Conductor(x), CoeffsCyc(x, Conductor(x))]), ",", values, "]\n");
end;

for row in rows do CallFuncList(Describe, row); od;
CloseStream(out);
QUIT;
