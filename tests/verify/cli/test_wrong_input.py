"""Wrong input: exit code 2, one line that repeats what was typed, nothing written, no traceback; before any work."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest
from bistate.models import BilinearRNN, save_model
from bistate.theory import realize
from bistate.verify import parse_task
from bistate.verify.cli import main
from bistate.verify.cli.commands import COMMANDS

# What is typed after `bistate` => what the line on standard error says. There are a run of S3, `run`, files that are no
# certificate, list.json and s3.json, and an empty object, empty.json.
TYPED = r"""
group S99999999999999999999 => group name 'S99999999999999999999': the number 99999999999999999999… is too
group D99999999999999999999 => group name 'D99999999999999999999': the number 99999999999999999999… is too
group "PSL(2,99991)" => group name 'PSL(2,99991)': GF(99991) is too large: fields are listed up to
group "PSL(50,7)" => group name 'PSL(50,7)': PSL(50,7) would act on 2997441737745686911033800567
group "GL(20,3)" => group name 'GL(20,3)': GL(20,3) would act on 3486784400 points
group "(1,2,99999999999)" => '(1,2,99999999999)' moves the point 999999999; points up to 2000 are suppor
group => Missing argument
group "" => group name '': the name is empty
group S3 S4 => (S4)
group S3 --matrices => --matrices belongs to --output FILE, which is not given
group S3 --certificate nowhere/x.json => there is no folder 'nowhere' to save 'x.json' in
group S3 --certificate . => --output '.' is a folder
group S3 --json --nonsense => No such option: --nonsense
group S-3 => group name 'S-3' is not understood
group "C7:C0" => group name 'C7:C0': CyclicGroup(0): an integer of at least 1 is needed
group "W(E9)" => group name 'W(E9)': W(E9) does not exist
group "SmallGroup(8,99)" => group name 'SmallGroup(8,99)': there is no SmallGroup(8,99): of order 8 the
group "SmallGroup(99999,1)" => group name 'SmallGroup(99999,1)': order 99999 is not in the catalogue, whic
group "C2^100000" => group name 'C2^100000': 100000 generators on 200000 points are too many; 10
group S3 --certificate x.json/y => there is no folder 'x.json' to save 'y' in
group C100000000 => 'C100000000': 100000000 is too large
classify => Missing argument
classify nonsense => task 'nonsense' is not understood
classify "regex:((" => the regular expression '((' cannot be read at position 1: '(' is not closed
classify "regex:(a|b)*a(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)" => is too large
classify file:nofile.dot => cannot read 'nofile.dot
classify file:list.json => 'list.json': an object with 'format' 'bistate automaton', or automata-lib's
classify file:. => '.' ends with ''; automata are in files .dot, .gv, .hoa, .aut, .json, .csv
classify S3 --track point --letters nonsense => --letters nonsense
classify parity --letters generators => letters='generators', track='element', side='left' go with a group, and 'pa
classify S3 --alphabet ab => an alphabet, here 'ab', goes with a task regex:…, and 'S3' is none
classify "regex:ab" --alphabet "" => the alphabet of a regular expression has to have a letter, and letters is e
classify "regex:ab" --alphabet a => 'b' at position 1 of the regular expression 'ab' names the letter 'b', whic
classify chomsky/nothing => 'chomsky/nothing' is no benchmark task
classify random-0-0 => states=0 has to be a positive integer
classify mod99999999999999999999 => 99999999999999999999 in the name of a task is too large; numbers up to 1000
classify reset-0 => states=0 has to be an integer of at least 1
classify counter-100000 => 100000 in the name of a task is too large; numbers up to 1000 are accepted
classify accept:S3 => 'accept:S3
classify --why => Missing argument
tasks nothing => 'nothing' is no benchmark task; `bistate tasks` lists them, of chomsky, com
build S3 --rung nonsense => --rung nonsense
build S3 --rung full --rank 2 => --rank 2 goes with --rung cp, not --rung full
build S3 --rung cp --rank 0 => --rank 0
build S3 --rung cp --rank 99999999999999 => --rank 99999999999999
build S3 --rung block --block-size 0 => --block-size 0
build S3 --rung block --block-size -3 => --block-size -3
build S3 --rung householder --reflections 0 => --reflections 0
build S3 -o nowhere/x.json => there is no folder 'nowhere' to save 'x.json' in
build S3 -o . => --output '.' is a folder
build S3 -o s3.json => 's3.json' exists
data S3 -o x.txt => 'x.txt' ends with '.txt'; .csv, .npz, .parquet are written and read
data S3 -o nowhere/x.csv => there is no folder 'nowhere' to save 'x.csv' in
data S3 -o s3.json => 's3.json' ends with '.json'; .csv, .npz, .parquet are written and read
data S3 -o x.csv --size 0 => size is an integer of at least 1, got size=0
data S3 -o x.csv --size -1 => size is an integer of at least 1, got size=-1
data S3 -o x.csv --size 10000000000000000 => --size 10000000000000000
data S3 -o x.csv --lengths 0 => --lengths '0' allows no word but the empty one
data S3 -o x.csv --lengths 1-999999 --size 1000000 => --size 1000000 with words of 999999 tokens: files of more than 4
data S3 -o x.csv --seed -1 => seed is an integer of at least 0, got seed=-1
data S3 -o x.csv --seed 99999999999999999999999 => --seed 99999999999999999999999
data S3 -o x.csv --tokens-per-symbol 0 => tokens_per_symbol is an integer of at least 1, got tokens_per_symbol=0
data S3 -o x.csv --tokens-per-symbol 1000000000000 => --tokens-per-symbol 1000000000000
data S3 -o x.npz --layout word-problem => layout='word-problem' with a file .npz; .csv has the layouts plain, word-pr
data S3 -o x.parquet --lengths x => --lengths 'x' is not understood
data parity -o x.csv --words accepted => words='accepted' are accepted ones, and the automaton does not say which ar
train S3 --hidden 10000000 -o new => --hidden 10000000
train S3 --batch 100000000000 -o new => --batch 100000000000
train S3 --seed 99999999999999999999999 -o new => --seed 99999999999999999999999
train S3 --seed -1 -o new => seed is an integer of at least 0, got seed=-1
train S3 --model lstm --rank 3 -o new => --rank 3 does not go with --model lstm
train S3 --model lstm --block 3 -o new => --block 3 does not go with --model lstm
train S3 --model lstm --heads 3 -o new => --heads 3 does not go with --model lstm
train S3 --model lstm --reflections 3 -o new => --reflections 3 does not go with --model lstm
train S3 --model lstm --dictionary 3 -o new => --dictionary 3 does not go with --model lstm
train S3 --model full --rank 3 -o new => --rank 3 does not go with --model full
train S3 --model full --block 3 -o new => --block 3 does not go with --model full
train S3 --model full --heads 3 -o new => --heads 3 does not go with --model full
train S3 --model rotation --heads 3 -o new => --heads 3 does not go with --model rotation
train S3 --model gru --growth-penalty 1 -o new => growth_penalty=1.0 is for a BilinearRNN, and the model is a Baseline
train S3 --model gru --restarts 2 -o new => --restarts 2 does not go with --model
train S3 --restarts -1 -o new => restarts is an integer of at least 0, got restarts=-1
train S3 --restarts 101 -o new => '--restarts': Input should be less than or equal to 100
train S3 --model gru --settle-steps 5 -o new => --settle-steps 5 does not go with --model
train S3 --model gru --no-decay-transitions -o new => --no-decay-transitions does not go with --model
train S3 --model gru --spread-penalty 1 -o new => spread_penalty=1.0 is for a BilinearRNN, and the model is a Baseline
train S3 --hidden 0 -o new => hidden has to be a positive integer, got 0
train S3 --steps -1 -o new => steps is an integer of at least 0, got steps=-1
train S3 --batch 0 -o new => batch is an integer of at least 1, got batch=0
train S3 --lr -1 -o new => lr is a positive number, got lr=-1.0
train S3 --lr nan -o new => lr is a positive number, got lr=nan
train S3 --lr inf -o new => lr is a positive number, got lr=inf
train S3 --weight-decay -1 -o new => weight_decay is a number of at least 0, got weight_decay=-1.0
train S3 --label-smoothing 2 -o new => label_smoothing is a number in [0, 1), got label_smoothing=2.0
train S3 --threads 0 -o new => threads is None or an integer of at least 1, got threads=0
train S3 --threads 100000 -o new => --threads 100000
train S3 --lengths 0 -o new => --lengths '0' allows no word but the empty one
train S3 --lengths 5-2 -o new => --lengths '5-2' runs backwards
train S3 --lengths x -o new => --lengths 'x' is not understood
train S3 --lengths 999999 -o new => --lengths up to 999999: training a full model of 6 letters
train S3 --lengths 1-9999999 -o new => --lengths '1-9999999' is not understood
train S3 --require 2 -o new => --require 2
train S3 --require nan -o new => --require nan
train S3 --settle-steps -2 -o new => settle_steps is an integer of at least 0, got settle_steps=-2
train S3 --growth-penalty -2 -o new => growth_penalty is a number of at least 0, got growth_penalty=-2.0
train S3 --spread-penalty nan -o new => spread_penalty is a number of at least 0, got spread_penalty=nan
train S3 --model nonsense -o new => --model nonsense
train S3 --layers 0 --model gru -o new => layers has to be a positive integer, got 0
train S3 --layers 1000000 --model gru -o new => --layers 1000000
train S3 --layers 2 -o new => --layers 2 does not go with --model
train S3 --model transformer --hidden 6 --heads 4 -o new => attention heads have to divide an even hidden size, got he
train S3 --model block --block 5 --hidden 8 -o new => the block size has to divide the hidden size, got block=5, hidde
train S3 --model block --block 0 --hidden 8 -o new => the block size has to divide the hidden size, got block=0, hidde
train S3 --model cp --rank 0 -o new => the CP rank has to be a positive integer, got rank=0
train S3 --model cp --rank 100000000000 -o new => --rank 100000000000
train S3 --model householder --reflections 0 -o new => reflections has to be a positive integer, got reflections=0
train S3 --model householder --heads 3 --hidden 8 -o new => the number of heads has to divide the hidden size, got hea
train S3 --model convex --dictionary 0 -o new => the dictionary needs at least one matrix, got dictionary=0
train S3 --model convex --dictionary 100000000 -o new => --dictionary 100000000
train S3 --model lru --no-normalize -o new => --no-normalize does not go with --model
train S3 --model gru --no-normalize -o new => --no-normalize does not go with --model
train nonsense -o new => task 'nonsense' is not understood
train S3 => Missing option
train -o new => Missing argument
train S3 -o s3.json => --output 's3.json': 's3.json' is a file
train S3 -o s3.json/x => --output 's3.json/x': 's3.json' is a file
train S3 --device cuda -o new => --device cuda
train S3 --device nonsense -o new => --device nonsense
train S3 --validation 0.1 -o new => --validation '0.1' goes with a table of words, and 'S3' is a task
train S3 --words nonsense -o new => --words nonsense
train S3 --length-law nonsense -o new => --length-law nonsense
train S3 --alphabet ab -o new => an alphabet, here 'ab', goes with a task regex:…, and 'S3' is none
train nofile.csv -o new => cannot read 'nofile.csv
train S3 --track nonsense -o new => --track nonsense
train S3 --lengths 1-0 -o new => --lengths '1-0' runs backwards
train S3 --hidden 100000 -o new => --hidden 100000: training a full model of 6 letters
train S3 --batch 100000000 -o new => --batch 100000000: training a full model of 6 letters
train S3 --settle-steps 3 --model lru -o new => --settle-steps 3 does not go with --model
train S3 --decay-transitions --model lstm -o new => --decay-transitions does not go with --model
train S3 --seed 1.5 -o new => --seed 1.5
train S3 --hidden 1e3 -o new => --hidden 1e3
verify nowhere => there is no folder 'nowhere
verify s3.json => there is no folder 's3.json
verify list.json -o x => there is no folder 'list.json
verify run --words 100000000000 => --words 100000000000
verify run --longest 100000000000 => --longest 100000000000
verify run --words 0 => --words 0
verify run -o s3.json => --output 's3.json': 's3.json' is a file
verify run -o . => directory='.' holds 'empty.json'
verify run --device cuda => --device cuda
recognise nowhere => there is no folder 'nowhere
recognise list.json => there is no folder 'list.json
recognise nofile.csv => cannot read 'nofile.csv
recognise . other.csv => 'other.csv' is compared with a table of words, and '.' is none
recognise nowhere --words 0 => --words 0
recognise nowhere --longest 0 => --longest 0
recognise nowhere --most-states 0 => --most-states 0
recognise run --words 100000000000 => --words 100000000000
recognise run --longest 99999999999 => --longest 99999999999
recognise run --words 100000000 --longest 10000000 => --words 100000000 of up to 10000000 letters
recognise run --prefix 9 => prefix=(9,) has letter 9; letters of the network are 0 to 5
recognise run other.csv => 'other.csv' is compared with a table of words, and 'run' is none
recognise run --most-states 1 => more than most_states=1 states, or too many suffixes, are needed to explain
certify nowhere => there is no folder 'nowhere
certify nowhere --budget -1 => --budget -1
certify nowhere --budget nan => --budget nan
certify nowhere --refresh -1 => --refresh -1
certify nowhere --prefix 1,,2 => --prefix has to be whole numbers with commas between them, got '1,,2
certify nowhere --outputs a => --outputs has to be whole numbers with commas between them, got 'a
certify nowhere --effort nonsense => --effort nonsense
certify run --longest 100000000000 => --longest 100000000000
certify run --refresh 100000000000 => --refresh 100000000000
certify run --prefix 6 => prefix=(6,) has letter 6; letters of the network are 0 to 5
certify run --prefix 100000000000000000000 => prefix=(100000000000000000000,) has letter 100000000000000000000; letter
certify run --outputs 0,1 => outputs=(0, 1) has 2 entries; the automaton has 6 states: one for each
certify run --outputs 0,1,2,3,4,9 => outputs=(0, 1, 2, 3, 4, 9) has 9 for state 5; scores are 0 to 5
certify run --shortest -1 => --shortest -1
certify run --task nonsense => task 'nonsense' is not understood
certify run -o nowhere/c.json => there is no folder 'nowhere' to save 'c.json' in
certify run -o . => --output '.' is a folder
check list.json => the certificate 'list.json' is not a JSON object
check empty.json => 'empty.json': this is not a horizon certificate of bistate: 'kind' is missi
check nofile.json => cannot read the certificate 'nofile.json
check . => cannot read the certificate '.': it is not a regular file
check s3.json => cannot read the certificate 's3.json': it is not JSON: Expecting value: lin
import nofile.npz -o own => cannot read 'nofile.npz
import list.json -o own => 'list.json' ends with '.json'; .npz and .safetensors are read
import s3.json -o s3.json => --output 's3.json': 's3.json' is a file
sweep -o new => Missing option
sweep -o new --task S3 => Missing option
sweep -o new --task nonsense --model full => task 'nonsense' is not understood
sweep -o new --task S3 --model nonsense => --model 'nonsense' is not known
sweep -o new --task S3 --model full --seeds 0 => --seeds 0 has to be at least 1
sweep -o new --task S3 --model full --jobs 0 => --jobs 0 is no number of processes
sweep -o new --task S3 --model full --rank 3 => --rank 3 goes with --model cp, which is not among full
sweep -o new --task S3 --model full --lengths 9-2 => --lengths '9-2' runs backwards
sweep -o new --task S3 --model full --hidden 100000000 => --hidden 100000000
sweep -o new --task S3 --model full --hidden 0 => hidden has to be a positive integer, got 0
sweep -o new --task S3 --model full --lr -1 => lr is a positive number, got lr=-1.0
sweep -o new --task S3 --model full --test-length 0 => --test-length 0
sweep -o new --task S3 --model full --test-length 10000000000 => --test-length 10000000000
sweep -o new --task S3 --model full --first-seed -1 => --first-seed -1
sweep -o s3.json --task S3 --model full => --output 's3.json': 's3.json' is a file
sweep -o new --task S3 --model full --seeds 100000000 => --seeds 100000000
sweep -o new --task S3 --model full --hidden 500000 => --hidden 500000: training a full model of 6 letters takes 21.8
sweep -o new --task S3 --model full --jobs 100000 => --jobs 100000
reproduce => Missing argument
reproduce nothing => nothing
reproduce modular-addition --seeds 0 => --seeds 0 has to be at least 1
reproduce modular-addition --size 12345 => size 12345 is not in the table 'modular-addition', which has 2, 3, 5, 10, 2
reproduce modular-addition --model nothing => model 'nothing' is not in the table 'modular-addition': full, diagonal
reproduce modular-addition --hidden 3 => --hidden 3 goes with --protocol; without one every row has settings of its
reproduce modular-addition --protocol nothing => --protocol nothing
reproduce modular-addition -o s3.json => --output 's3.json': 's3.json' is a file
reproduce modular-addition --jobs 0 => --jobs 0 is no number of processes
tabulate => Missing argument
tabulate nofile.csv => No such file or directory: nofile.csv
tabulate list.json => 'list.json' is no CSV of trainings: it has no column 'protocol
tabulate . => Is a directory
tabulate s3.json -o . => --output '.' is a folder
cascade S3 --dot nowhere/x.dot => there is no folder 'nowhere'
atlas --max-order 0 => order 0 is not in the catalogue
atlas --max-order 64 => order 64 is not in the catalogue
atlas --max-order 99999999999 => order 99999999999 is not in the catalogue
atlas -o s3.json => --output 's3.json': 's3.json' is a file
atlas --letters nonsense => --letters nonsense
demo S3 -o s3.json => --output 's3.json': 's3.json' is a file
demo nonsense => task 'nonsense' is not understood
demo S3 --steps 0 => --steps 0
demo C100000 -o new => 100000 in the name of a task is too large; numbers up to 1000 are accepted
demo S3 --seeds 99999999999 -o new => --seeds 99999999999
demo S3 --device cuda -o new => --device cuda
demo "(1,2" -o new => task '(1,2': '(1,2' cannot be read as permutations at position 0: '(' is no
"""
CASES = [tuple(line.split(" => ")) for line in TYPED.strip().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("typed")
    save_model(BilinearRNN.from_weights(realize(parse_task("S3"), rung="block")), place / "run")
    note = {"task": "S3", "letters": "all", "track": "element", "side": "left", "lengths": [2, 10]}
    (place / "run" / "task.json").write_text(json.dumps(note), encoding="utf-8")
    for name, text in (("list.json", "[1, 2]"), ("empty.json", "{}"), ("s3.json", "kept")):
        (place / name).write_text(text, encoding="utf-8")
    return place


def held(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_table_is_long_and_has_every_command() -> None:
    assert len({typed for typed, _ in CASES}) == len(CASES) >= 150
    assert {typed.split()[0] for typed, _ in CASES} == set(COMMANDS) - {"recognize"}


@pytest.mark.parametrize(("typed", "said"), CASES, ids=[typed for typed, _ in CASES])
def test_wrong_input(
    typed: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr("bistate.verify.terminal.limits.memory", lambda: 2**34)
    before, entries = held(folder), set(os.listdir(folder))
    code = main(shlex.split(typed))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("bistate: ")
    assert err.count("\n") == 1
    assert said in err
    assert "Traceback" not in err
    assert (held(folder), set(os.listdir(folder))) == (before, entries)
