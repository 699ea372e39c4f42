"""Files, names and disks that are out to break things: each named with a reason, and the rest goes on."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import clips
import pytest
from disks import fill

from vidstudio.cli.main import main

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights, pipes and mounts of POSIX")

OK, BAD_MEDIA, ENVIRONMENT = 0, 3, 5
ROOT = Path(__file__).resolve().parents[2]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write_clip(tmp_path_factory.mktemp("film") / "film.mp4", clips.shot(1, 30, (96, 64)))


_ALL = "import json, sys; from vidstudio.cli.main import main; print([main(a) for a in json.loads(sys.argv[1])])"


def without_rights(home: Path, *commands: Sequence[str | Path]) -> tuple[list[int], str, str]:
    """Exit codes, stdout and stderr of commands in a process that may do no more than files' modes allow."""
    command = [sys.executable, "-c", _ALL, json.dumps([list(map(str, one)) for one in commands])]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and setpriv is not here to take that away")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    env = {**os.environ, "VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
    said, codes = done.stdout.rstrip().rsplit("\n", 1) if "\n" in done.stdout.rstrip() else ("", done.stdout)
    assert "Traceback" not in done.stderr
    return json.loads(codes), said, done.stderr


def test_what_may_not_be_read_is_said_and_the_rest_goes_on(film: Path, tmp_path: Path, home: Path) -> None:
    locked, inside = tmp_path / "locked.mp4", tmp_path / "folder" / "inside.mp4"
    inside.parent.mkdir()
    for one in (locked, inside):
        shutil.copy(film, one)
    locked.chmod(0)
    inside.parent.chmod(0o600)
    try:
        codes, said, errors = without_rights(
            home,
            ("probe", locked, inside, film),
            ("compare", film, locked),
            ("compare", film, film, "--csv", inside.with_name("x.csv")),
        )
    finally:
        inside.parent.chmod(0o700)
    assert codes == [BAD_MEDIA, BAD_MEDIA, ENVIRONMENT], errors
    assert errors.count("locked.mp4 may not be read") == 2
    assert "inside.mp4 may not be read" in errors
    assert "96 × 64" in said


@pytest.mark.timeout(30)
def test_pipes_devices_and_folders_are_no_films(film: Path, tmp_path: Path, home: Path, capsys: Captured) -> None:
    pipe, circle, folder = tmp_path / "pipe.mp4", tmp_path / "circle.mp4", tmp_path / "folder.mp4"
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    folder.mkdir()
    assert main(["probe", *map(str, (pipe, circle, folder, "/dev/zero", film))]) == BAD_MEDIA
    said = capsys.readouterr()
    assert said.err.count("error: ") == 4
    assert "96 × 64" in said.out
    for one in (pipe, circle, folder):
        assert main(["compare", str(film), str(one)]) == BAD_MEDIA
        assert one.name in capsys.readouterr().err
    assert main(["projects", "import", str(pipe)]) == BAD_MEDIA


NAMES = ["new\nline.mp4", '"quo\'ted".mp4', "-dash.mp4", "\x1b[31mred\x07.mp4", "a:b?*%20#&<b>.mp4", " .mp4"]
NAMES += [os.fsdecode(b"no \xff\xfe text.mp4"), os.fsdecode("ü".encode("latin-1") + b".mp4")]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_of_all_kinds(name: str, film: Path, tmp_path: Path, home: Path, capsys: Captured) -> None:
    if sys.platform == "darwin" and not name.isprintable():
        pytest.skip("macOS has no such names")
    odd = tmp_path / name
    shutil.copy(film, odd)
    other = clips.write_clip(tmp_path / "other.mp4", clips.shot(2, 20, (96, 64)))
    out = {kind: tmp_path / f"out.{kind}" for kind in ("json", "csv", "otio", "edl", "report")}
    wanted = [text for kind, file in out.items() for text in (f"--{kind}", str(file))]
    for _ in range(2):  # the second time from the store
        assert main(["compare", *wanted, "--", str(odd), str(other)]) == OK, capsys.readouterr().err
    assert json.loads(out["json"].read_bytes())["a"]["path"] == str(odd)
    for file in out.values():
        file.read_bytes().decode("utf-8")
    capsys.readouterr()
    assert main(["jobs", "list"]) == OK
    assert main(["probe", "--", str(odd)]) == OK
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\x07" not in said
    said.encode("utf-8")


def claims(folder: Path, kind: str, side: int) -> Path:
    """A small file that claims pictures of `side` × `side`."""
    if kind == "gif":
        path = clips.write_clip(folder / "c.gif", clips.shot(1, 3, (96, 64)), codec="gif", pixel_format="rgb8")
        data = bytearray(path.read_bytes())
        data[6:10] = struct.pack("<HH", side, side)
    elif kind == "y4m":
        path = folder / "c.y4m"
        data = bytearray(f"YUV4MPEG2 W{side} H{side} F25:1 C420jpeg\nFRAME\n".encode() + bytes(1000))
    else:
        path = clips.write_clip(folder / "c.mov", clips.shot(1, 3, (96, 64)), codec="png", pixel_format="rgb24")
        data, at = bytearray(path.read_bytes()), 0
        while (at := data.find(b"IHDR", at + 1)) > 0:
            data[at + 4 : at + 12] = struct.pack(">II", side, side)
            data[at + 17 : at + 21] = struct.pack(">I", zlib.crc32(bytes(data[at : at + 17])))
    path.write_bytes(data)
    return path


_MEASURED = """
import resource, sys
from vidstudio.cli.main import main
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
code = main(["probe", sys.argv[1]])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // (1024 if sys.platform == "linux" else 1024**2))
sys.exit(code)
"""


@pytest.mark.parametrize(("kind", "side"), [("gif", 16000), ("y4m", 100_000), ("png", 16000)])
def test_a_small_file_that_claims_huge_pictures_eats_no_memory(
    kind: str, side: int, tmp_path: Path, home: Path
) -> None:
    path = claims(tmp_path, kind, side)
    command = [sys.executable, "-c", _MEASURED, str(path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == BAD_MEDIA, done.stderr
    assert path.name in done.stderr
    assert int(done.stdout) < 150, "MB more than the program itself takes"


@pytest.mark.parametrize("leave", [0, 60_000, 110_000, 200_000])
def test_a_home_on_a_full_disk(
    leave: int, small_disk: Path, film: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("VIDSTUDIO_HOME", str(small_disk / "home"))
    fill(small_disk, leave)
    assert main(["compare", str(film), str(film)]) == ENVIRONMENT
    said = capsys.readouterr().err
    assert "full" in said
    assert "Traceback" not in said
    # room is made, and it goes on
    (small_disk / "filler").unlink()
    assert main(["compare", str(film), str(film)]) == OK
    assert "No differences" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["json", "csv", "otio", "edl", "report"])
def test_an_export_onto_a_full_disk(kind: str, small_disk: Path, film: Path, home: Path, capsys: Captured) -> None:
    fill(small_disk, 0)
    assert main(["compare", str(film), str(film), f"--{kind}", str(small_disk / "out")]) == ENVIRONMENT
    assert "No space left" in capsys.readouterr().err
    assert sorted(one.name for one in small_disk.iterdir()) == ["filler"]


@pytest.mark.parametrize("filled", [False, True])
def test_a_home_that_may_not_be_written(filled: bool, film: Path, home: Path) -> None:
    home.mkdir()
    if filled:
        assert main(["jobs", "list"]) == OK
    folders = [home, *(one for one in home.rglob("*"))]
    for one in folders:
        one.chmod(one.stat().st_mode & 0o555)
    try:
        codes, _, errors = without_rights(home, ("compare", film, film), ("probe", film))
    finally:
        for one in folders:
            one.chmod(one.stat().st_mode | 0o200)
    assert codes == [ENVIRONMENT, OK], errors
    assert "VIDSTUDIO_HOME" in errors


@pytest.mark.parametrize("how", ["replaced", "cut off"])
def test_a_film_that_is_changed_while_it_is_compared(
    how: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Said as what it is; and the right film in its place gives the right result, so nothing wrong was sealed."""
    old = clips.write_clip(tmp_path / "old.mkv", (p for s in (1, 2) for p in clips.shot(s, 40, (96, 64))), 1, gop=10)
    new = clips.write_clip(tmp_path / "new.mkv", (p for s in (1, 9) for p in clips.shot(s, 40, (96, 64))), 1, gop=10)
    calm, out = tmp_path / "calm.json", tmp_path / "out.json"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("VIDSTUDIO_HOME", str(tmp_path / "calm"))
        assert main(["compare", str(old), str(new), "--json", str(calm)]) == OK
    kept, results = new.read_bytes(), home / "data" / "results"

    def meddle() -> None:
        end = time.monotonic() + 50
        while time.monotonic() < end and len([f for f in results.rglob("*") if f.is_file()]) < 5:
            time.sleep(0.001)
        if how == "cut off":
            os.truncate(new, len(kept) // 2)
        else:
            other = tmp_path / "other"
            shutil.copy(old, other)
            other.replace(new)

    meddler = threading.Thread(target=meddle)
    meddler.start()
    code = main(["compare", str(old), str(new), "--json", str(out)])
    meddler.join()
    said = capsys.readouterr().err
    assert code == BAD_MEDIA, said
    assert "new.mkv" in said
    assert "changed" in said
    assert not out.exists()
    new.write_bytes(kept)
    assert main(["compare", str(old), str(new), "--json", str(out)]) == OK
    assert json.loads(out.read_text()) == json.loads(calm.read_text())
