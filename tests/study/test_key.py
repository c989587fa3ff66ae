import os

import pytest

from mergecheck.errors import Refused, StudyFileError
from mergecheck.study import create_study, read_key

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


def test_a_key_is_32_bytes_and_its_own(tmp_path):
    keys = {read_key(create_study(tmp_path / name)) for name in "abc"}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 3


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777, 0o601])
def test_a_key_that_others_may_use_is_refused_with_the_command_to_run(tmp_path, mode):
    study = create_study(tmp_path / "it's")
    study.key_file.chmod(mode)
    with pytest.raises(StudyFileError) as caught:
        read_key(study)
    assert f"mode {mode:04o}" in caught.value.what
    assert os.system(caught.value.fix) == 0
    assert len(read_key(study)) == 32


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_its_owner_may_keep_it_stricter(tmp_path, mode):
    study = create_study(tmp_path / "s")
    study.key_file.chmod(mode)
    assert len(read_key(study)) == 32


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length(tmp_path, length):
    study = create_study(tmp_path / "s")
    study.key_file.write_bytes(b"k" * length)
    with pytest.raises(StudyFileError, match=f"has {length} bytes, not 32"):
        read_key(study)


def test_a_key_that_is_not_there(tmp_path):
    study = create_study(tmp_path / "s")
    study.key_file.unlink()
    with pytest.raises(StudyFileError, match="missing") as caught:
        read_key(study)
    assert "backup" in caught.value.fix
    assert caught.value.where == str(study.key_file)


def test_the_advice_for_a_key_that_was_never_there_leads_to_one(tmp_path):
    """A study.toml written by hand and a first `pull`: `init` takes a folder with a database only with its key."""
    study = create_study(tmp_path / "s")
    study.key_file.unlink()
    study.database.touch()
    with pytest.raises(StudyFileError) as caught:
        read_key(study)
    assert "remove study.db and what there is of the key, move study.toml away" in caught.value.fix
    study.database.unlink()
    (study.folder / "study.toml").rename(tmp_path / "study.toml")
    assert len(read_key(create_study(study.folder))) == 32


def test_a_key_that_is_a_folder(tmp_path):
    study = create_study(tmp_path / "s")
    study.key_file.unlink()
    study.key_file.mkdir(mode=0o700)
    with pytest.raises(StudyFileError, match="cannot be read"):
        read_key(study)


def test_the_advice_for_a_lost_key_works(tmp_path):
    study = create_study(tmp_path / "s")
    study.key_file.unlink()
    aside = study.file.rename(tmp_path / "aside")
    create_study(study.folder)
    aside.replace(study.file)
    assert len(read_key(study)) == 32


def test_no_new_key_beside_a_database(tmp_path):
    (tmp_path / "study.db").touch()
    with pytest.raises(Refused, match="would not fit"):
        create_study(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["study.db"]
