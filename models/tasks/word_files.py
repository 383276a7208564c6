"""Words and labels in files: .csv, .npz and, where pyarrow is installed, .parquet.

    input,target                 seed,input,target
    3 1 4,2                      0,3 1 4,3 2 2

A row of a CSV is a word, its letters with spaces between them, and its label, or the labels after each letter. The
second layout is that of github.com/jopetty/word-problem. In .npz `input` is (words, longest) with −1 after the end of a
word, `lengths` (words,), and `target` (words,), or (words, longest) with −1 after the end. A row of Parquet has a list
`input`, and `target`, a number or a list.

Files are written while the words are made, beside their place, and renamed when all is there.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...theory.files.json_file import open_regular, reason, shown
from ..errors import TaskError
from ..files.atomic import MOST_BYTES, replacing
from .generation import WordChunk

ENDINGS = (".csv", ".npz", ".parquet")
LAYOUTS = ("plain", "word-problem")
INPUT = ("input", "inputs", "word", "words", "sequence", "x")
TARGET = ("target", "targets", "label", "labels", "output", "y")
MOSTLY = 0.9  # share of rows with as many labels as letters, from which the others are mistakes
Chunks = Iterable[WordChunk]


def check_path(path: str | Path, layout: str = "plain") -> Path:
    """The path of a file that can be written.

    Raises:
        TaskError: for another ending, a layout that is none or not of this ending, or Parquet without pyarrow.
    """
    place = Path(path)
    if place.suffix not in ENDINGS:
        raise TaskError(f"{str(path)!r} ends with {place.suffix!r}; {', '.join(ENDINGS)} are written and read")
    if layout not in LAYOUTS or (layout != "plain" and place.suffix != ".csv"):
        raise TaskError(f"layout={layout!r} with a file {place.suffix}; .csv has the layouts {', '.join(LAYOUTS)}")
    if place.suffix == ".parquet":
        _arrow(place)
    return place


def write_words(
    path: str | Path, chunks: Callable[[], Chunks], size: int, longest: int, *, layout: str = "plain", seed: int = 0
) -> None:
    """Write words into a file, all or nothing.

    Args:
        path: of the file; its ending names the format.
        chunks: makes the words, the same each time: .npz asks twice.
        size: number of words.
        longest: letters of the longest word there may be.
        layout: "plain" or "word-problem".
        seed: what the column `seed` of the layout "word-problem" says.

    Raises:
        TaskError: as `check_path`.
        OSError: where the file cannot be written; nothing is left of it.
    """
    place = check_path(path, layout)
    with replacing(place) as file:
        if place.suffix == ".csv":
            _write_csv(file, chunks(), [str(seed)] if layout == "word-problem" else [])
        elif place.suffix == ".npz":
            _write_npz(file, chunks, size, longest)
        else:
            _write_parquet(file, chunks(), _arrow(place))


def _write_csv(file: IO[bytes], chunks: Chunks, before: list[str]) -> None:
    lead = "".join(f"{cell}," for cell in before)
    file.write(("seed," * len(before) + "input,target\n").encode())
    for chunk in chunks:
        names = [str(k) for k in range(1 + max(int(chunk.x.max(initial=0)), int(chunk.y.max(initial=0))))]
        lines = []
        for word, label in chunk.rows():
            said = " ".join([names[y] for y in label]) if isinstance(label, list) else names[label]
            lines.append(f"{lead}{' '.join([names[x] for x in word])},{said}\n")
        file.write("".join(lines).encode())


def _write_npz(file: IO[bytes], chunks: Callable[[], Chunks], size: int, longest: int) -> None:
    small: list[np.ndarray[Any, Any]] = []
    lengths: list[np.ndarray[Any, Any]] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with archive.open("input.npy", "w", force_zip64=True) as part:
            _write_header(part, (size, longest), np.int32)
            for chunk in chunks():
                part.write(_wide(chunk.x, longest))
                lengths.append(chunk.lengths)
                small += [chunk.y] if chunk.y.ndim == 1 else []
        with archive.open("target.npy", "w", force_zip64=True) as part:
            _write_header(part, (size,) if small else (size, longest), np.int32)
            for y in small or (_wide(chunk.y, longest) for chunk in chunks()):
                part.write(y if isinstance(y, bytes) else np.ascontiguousarray(y).tobytes())
        with archive.open("lengths.npy", "w", force_zip64=True) as part:
            np.lib.format.write_array(part, np.concatenate(lengths))


def _write_header(part: IO[bytes], shape: tuple[int, ...], kind: Any) -> None:
    descr = np.lib.format.dtype_to_descr(np.dtype(kind))
    np.lib.format.write_array_header_1_0(part, {"descr": descr, "fortran_order": False, "shape": shape})


def _wide(values: np.ndarray[Any, Any], longest: int) -> bytes:
    wide = np.full((len(values), longest), -1, dtype=np.int32)
    wide[:, : values.shape[1]] = values
    return wide.tobytes()


def _arrow(place: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise TaskError(
            f"{str(place)!r} needs pyarrow, which is not installed: pip install 'bistate[parquet]', or take .csv"
        ) from None
    return pyarrow


def _write_parquet(file: IO[bytes], chunks: Chunks, arrow: Any) -> None:
    writer = None
    try:
        for chunk in chunks:
            kind = arrow.int32()
            words, labels = (list(part) for part in zip(*chunk.rows(), strict=True))
            columns = {
                "input": arrow.array(words, arrow.list_(kind)),
                "target": arrow.array(labels, arrow.list_(kind) if chunk.y.ndim == 2 else kind),
            }
            table = arrow.table(columns)
            writer = writer or arrow.parquet.ParquetWriter(file, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def read_words(path: str | Path) -> tuple[list[Any], list[Any]]:
    """Words, and a label or a list of labels for each, of a file.

    Cells of a CSV are split at spaces and commas; where no word of the file has any, each character is a letter. Labels
    are lists if there are as many as letters in each row; with round brackets, as in (0 1), it is one label. Whole
    numbers are read as such.

    Raises:
        TaskError: for a file that is missing, damaged or has another form; the message says where.
    """
    place = Path(path)
    if place.suffix not in ENDINGS:
        raise TaskError(f"{str(path)!r} ends with {place.suffix!r}; {', '.join(ENDINGS)} are written and read")
    with open_regular(place, MOST_BYTES, TaskError) as file:
        if place.suffix == ".csv":
            return _read_csv(file, place)
        if place.suffix == ".npz":
            return _read_npz(file, place)
        return _read_parquet(file, place, _arrow(place))


def _column(names: Iterable[str], wanted: tuple[str, ...], place: Path) -> str:
    found = [name for name in names if name.strip().lower() in wanted]
    if len(found) != 1:
        raise TaskError(
            f"{str(place)!r} has the columns {shown(list(names))}; one of them has to be called {wanted[0]!r}"
        )
    return found[0]


def _read_csv(file: IO[bytes], place: Path) -> tuple[list[Any], list[Any]]:
    try:
        rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""), strict=True)
        head = next(rows, [])
        columns = [head.index(_column(head, wanted, place)) for wanted in (INPUT, TARGET)]
        words, labels = [], []
        for row in rows:
            if not row:
                continue
            if len(row) != len(head):
                raise TaskError(
                    f"{str(place)!r}, line {rows.line_num}: {len(row)} cells, and the first line has {len(head)}"
                )
            words.append(row[columns[0]])
            labels.append(row[columns[1]])
    except (csv.Error, UnicodeDecodeError) as error:
        raise TaskError(f"cannot read {str(place)!r} as a table: {reason(error)}") from error
    if not words:
        raise TaskError(f"{str(place)!r} has no row below its first line")
    return _split(words, labels, place)


def _split(words: list[str], labels: list[str], place: Path) -> tuple[list[Any], list[Any]]:
    """Cells as lists of letters, and labels."""
    apart = any(re.search(r"[\s,]", word.strip()) for word in words)
    letters = [_parts(word) if apart else list(word.strip()) for word in words]
    said = [[label.strip()] if "(" in label else _parts(label) for label in labels]
    fits = [len(a) == len(b) for a, b in zip(letters, said, strict=True)]
    if any(len(label) > 1 for label in said) and sum(fits) >= MOSTLY * len(fits):
        if not all(fits):
            k = fits.index(False)
            raise TaskError(
                f"{str(place)!r}: word {k} has {len(letters[k])} letters and {len(said[k])} labels, "
                f"{shown(labels[k])}; others have one for each letter"
            )
        return _numbers(letters), _numbers(said)
    return _numbers(letters), _numbers([[label.strip()] for label in labels], flat=True)


def _parts(cell: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", cell.strip().removeprefix("[").removesuffix("]")) if part]


def _numbers(rows: list[list[str]], flat: bool = False) -> list[Any]:
    """Rows of whole numbers, if all are; of texts otherwise."""
    known: dict[str, Any] = dict.fromkeys(part for row in rows for part in row)
    if all(re.fullmatch(r"-?\d{1,18}", part) for part in known):
        known = {part: int(part) for part in known}
    else:
        known = {part: part for part in known}
    return [known[row[0]] if flat else [known[part] for part in row] for row in rows]


def _read_npz(file: IO[bytes], place: Path) -> tuple[list[Any], list[Any]]:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MOST_BYTES:
            raise TaskError(f"{str(place)!r} unpacks to {size} bytes; at most {MOST_BYTES} are read")
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            x = arrays[_column(arrays.files, INPUT, place)]
            y = arrays[_column(arrays.files, TARGET, place)]
            lengths = arrays["lengths"] if "lengths" in arrays.files else None
    except TaskError:
        raise
    except Exception as error:  # zipfile, zlib and numpy have errors of all kinds for damaged archives
        raise TaskError(f"cannot read {str(place)!r} as arrays of numpy: {reason(error)}") from error
    if x.ndim != 2 or y.ndim not in (1, 2) or x.dtype.kind not in "iu" or len(x) != len(y) or not len(x):
        raise TaskError(
            f"{str(place)!r} has input {x.dtype} {x.shape} and target {y.dtype} {y.shape}; needed are integers (words, "
            "longest), and labels (words,) or (words, longest)"
        )
    lengths = (x >= 0).sum(axis=1) if lengths is None else lengths
    fits = lengths.shape == (len(x),) and lengths.dtype.kind in "iu"
    if not fits or lengths.min() < 0 or lengths.max() > min(part.shape[1] for part in (x, y) if part.ndim == 2):
        raise TaskError(f"{str(place)!r} has lengths {shown(lengths[:5].tolist())}, which do not fit words {x.shape}")
    rows = zip(x.tolist(), lengths.tolist(), y.tolist(), strict=True)
    pairs = [(word[:n], label[:n] if y.ndim == 2 else label) for word, n, label in rows]
    return [word for word, _ in pairs], [label for _, label in pairs]


def _read_parquet(file: IO[bytes], place: Path, arrow: Any) -> tuple[list[Any], list[Any]]:
    try:
        table = arrow.parquet.read_table(file)
        columns = [table.column(_column(table.column_names, w, place)).to_pylist() for w in (INPUT, TARGET)]
    except (arrow.ArrowException, OSError) as error:
        raise TaskError(f"cannot read {str(place)!r} as Parquet: {reason(error)}") from error
    words, labels = columns
    if words and all(isinstance(word, str) for word in words):
        return _split(words, [str(label) for label in labels], place)
    return words, labels


def counted(chunks: Chunks, tell: Callable[[int], object]) -> Iterator[WordChunk]:
    """The same chunks, telling how many words there have been."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk.x)
        tell(done)
