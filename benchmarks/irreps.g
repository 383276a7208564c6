# One measurement in GAP, for irreps.py, which sets `task` and `generators`, image lists from 1.
# Prints "MILLISECONDS number of milliseconds, number of irreps" of CPU time, or "MISSING package".
SetInfoLevel(InfoWarning, 0);;
Tasks := rec();

# Matrices of the generators under every irrep.
Tasks.irreps := function(G)
  local found;
  found := IrreducibleRepresentations(G);
  List(found, rho -> List(GeneratorsOfGroup(G), g -> g ^ rho));
  return Length(found);
end;

Tasks.tables := G -> Length(Irr(G));
Tasks.dixon := G -> Length(IrrDixonSchneider(G));

# The change of basis that decomposes the regular representation, by the faster of RepnDecomp's two methods.
Tasks.regular := function(G)
  local elements, images, rho;
  elements := AsSortedList(G);
  images := List(GeneratorsOfGroup(G), g -> PermutationMat(Permutation(g, elements, OnRight), Size(G)));
  rho := GroupHomomorphismByImages(G, Group(images), GeneratorsOfGroup(G), images);
  return Length(ValueGlobal("REPN_ComputeUsingMyMethod")(rho).decomposition);
end;

Measure := function()
  local G, begun, count, copies, times, passed;
  if task = "regular" and LoadPackage("RepnDecomp", false) <> true then Print("MISSING RepnDecomp\n"); return; fi;
  Tasks.(task)(Group((1,2,3), (1,2)));  # so that loading code lazily is not measured
  Tasks.(task)(Group((1,2,3), (2,3,4)));
  # GAP counts whole milliseconds: what takes few of them is done for several groups, each made anew.
  times := 1;
  repeat
    copies := List([1 .. times], i -> Group(List(generators, PermList), ()));
    begun := Runtime();
    for G in copies do count := Tasks.(task)(G); od;
    passed := Runtime() - begun;
    times := 4 * times;
  until passed >= 40;
  Print("MILLISECONDS ", Float(passed / Length(copies)), " ", count, "\n");
end;
Measure();
QUIT;
