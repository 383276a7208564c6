# The real irreps of given permutation groups: degrees, what they leave fixed, and ranks.
# Read by make_ladder_oracle.py, which sets `source`, a file that defines two lists: `groups`, of [name, generators] with
# image lists from 1, and `points`, the degrees whose transitive groups are wanted; and `target`, the file to write.
# A group gives the line
#   [name, order, StructureDescription, number of classes, irreps]
# and a transitive group, with its states the points and the start the first of them, the line
#   [name, degree, generators as images from 0, irreps]
# with a real irrep V as [degree, positions from 1 that V misses, r_V on the classes], where r_V(g) = rank(V(g) - 1).
# A group's V misses the classes of its kernel. A transitive group's V misses the points whose coset gK, with K the
# stabiliser of the first point, acts trivially on V^K; there are only the V with V^K <> 0.
SetInfoLevel(InfoWarning, 0);;
for name in ["smallgrp", "transgrp", "ctbllib"] do
  if LoadPackage(name, false) <> true then Error("GAP package ", name, " is missing"); fi;
od;
Read(source);
out := OutputTextFile(target, false);; SetPrintFormattingStatus(out, false);;

# The characters of the real irreps. The trivial one has the indicator +1 like all others of real type.
RealCharacters := function(t)
  local indicators, found, i, chi;
  indicators := Indicator(t, 2); found := [];
  for i in [1..Length(Irr(t))] do
    chi := Irr(t)[i];
    if indicators[i] = 1 then Add(found, chi);
    elif indicators[i] = -1 then Add(found, 2 * chi);
    elif Position(Irr(t), ComplexConjugate(chi)) > i then Add(found, chi + ComplexConjugate(chi));  # a pair once
    fi;
  od;
  return found;
end;

# r(g) = degree - the multiplicity of the trivial character on the cyclic group of g, for every class.
Ranks := function(t, chi)
  local orders, ranks;
  orders := OrdersClassRepresentatives(t);
  ranks := List([1..NrConjugacyClasses(t)],
    c -> chi[1] - Sum([1..orders[c]], j -> chi[PowerMap(t, j)[c]]) / orders[c]);
  if not ForAll(ranks, IsInt) then Error("a rank is no integer"); fi;
  return ranks;
end;

Text := function(name) return Concatenation("\"", name, "\""); end;

OfGroup := function(name, generators)
  local G, t, key;
  G := Group(List(generators, PermList), ());
  key := Concatenation("SmallGroup(", String(Size(G)), ",");
  if StartsWith(name, "SmallGroup") and name <> Concatenation(key, String(IdGroup(G)[2]), ")") then
    Error("the generators of ", name, " make another group");
  fi;
  t := CharacterTable(G);
  PrintTo(out, "[", Text(name), ",", Size(G), ",", Text(StructureDescription(G)), ",", NrConjugacyClasses(t), ",",
    List(RealCharacters(t), chi -> [chi[1], ClassPositionsOfKernel(chi), Ranks(t, chi)]), "]\n");
end;

OfPoints := function(degree, number)
  local G, t, K, cosets, irreps, chi, fixed;
  G := TransitiveGroup(degree, number);
  t := CharacterTable(G);
  K := AsList(Stabilizer(G, 1));
  # The classes of the elements that take the first point to each point.
  cosets := List([1..degree], i -> List(K * RepresentativeAction(G, 1, i),
    x -> PositionProperty(ConjugacyClasses(t), c -> x in c)));
  irreps := [];
  for chi in RealCharacters(t) do
    fixed := Sum(chi{cosets[1]}) / Length(K);
    if fixed > 0 then
      Add(irreps, [chi[1], Filtered([1..degree], i -> Sum(chi{cosets[i]}) / Length(K) = fixed), Ranks(t, chi)]);
    fi;
  od;
  PrintTo(out, "[", Text(Concatenation("TransitiveGroup(", String(degree), ",", String(number), ")")), ",", degree, ",",
    List(GeneratorsOfGroup(G), g -> ListPerm(g, degree) - 1), ",", irreps, "]\n");
end;

for row in groups do CallFuncList(OfGroup, row); od;
for n in points do for i in [1..NrTransitiveGroups(n)] do OfPoints(n, i); od; od;
CloseStream(out);
QUIT;
