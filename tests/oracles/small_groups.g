# All groups of order 2 to 63: [order, number, degree, generators as image lists from 0, [degree, indicator] of irreps].
# Run `gap -q small_groups.g` with the SmallGrp and CtblLib packages; it writes small_groups.txt, a row a line, which was
# joined into small_groups.json.
SetInfoLevel(InfoWarning,0);;
out := OutputTextFile("small_groups.txt", false);; SetPrintFormattingStatus(out,false);;
for n in [2..63] do for i in [1..NrSmallGroups(n)] do
 G := SmallGroup(n,i); P := Image(SmallerDegreePermutationRepresentation(Image(IsomorphismPermGroup(G))));
 d := Maximum(1,LargestMovedPoint(P));
 gens := List(SmallGeneratingSet(P), g->ListPerm(g,d)-1);
 t := CharacterTable(G);
 ind := Indicator(t,2); deg := List(Irr(t), x->x[1]);
 pairs := List([1..Length(deg)], k->[deg[k],ind[k]]); Sort(pairs);
 AppendTo(out, "[", n, ",", i, ",", d, ",", gens, ",", pairs, "]\n");
od; od;
CloseStream(out); QUIT;
