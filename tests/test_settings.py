"""Settings: flags over environment over file over defaults; a misspelt key is an error."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from chat.errors import SettingsError
from chat.settings import Settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PINCITE_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_flags_win_over_environment_over_file_over_defaults(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load().top_k == 5
    (elsewhere / "pincite.toml").write_text("top_k = 6\nport = 1000\n")
    assert Settings.load().top_k == 6
    monkeypatch.setenv("PINCITE_TOP_K", "7")
    assert Settings.load().top_k == 7
    assert Settings.load(top_k=8, port=None).top_k == 8
    assert Settings.load(top_k=8, port=None).port == 1000


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_INDEX", "")
    assert Settings.load().index == Path("index")


def test_a_home_folder_is_found_where_no_shell_expands_it(elsewhere: Path) -> None:
    (elsewhere / "pincite.toml").write_text("index = '~/manuals'\n")
    assert Settings.load().index == Path.home() / "manuals"
    assert Settings.load().cache == Path.home() / ".cache" / "pincite"


def test_the_server_is_reached_from_this_machine_alone_unless_told_otherwise() -> None:
    assert Settings.load().host == "127.0.0.1"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().port = 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PINCITE_PORT", "http", "port: Input should be a valid integer"),
        ("PINCITE_PORT", "70000", "port: Input should be less than or equal to 65535"),
        ("PINCITE_PASSAGE_TOKENS", "31", "passage_tokens: Value error, must be 0, or from 32"),
        ("PINCITE_OVERLAP", "21", "overlap: Input should be less than or equal to 20"),
        (
            "PINCITE_GENERATOR",
            "gpt",
            "generator: Input should be 'extractive', 'smollm2' or 'smollm2-plain'",
        ),
    ],
)
def test_a_bad_variable_names_its_setting_and_what_it_was(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        Settings.load()
    assert str(raised.value).startswith(told)
    assert f"(got {value!r})" in str(raised.value)


def test_every_fault_is_told_at_once(elsewhere: Path) -> None:
    (elsewhere / "pincite.toml").write_text("port = -1\nindx = 'here'\n")
    with pytest.raises(SettingsError) as raised:
        Settings.load(top_k=0)
    for key in (
        "port: ",
        "top_k: ",
        "indx is not a setting; known are cache, dense_index, encoder, ",
    ):
        assert key in str(raised.value)


def test_a_flag_that_is_no_setting_is_an_error() -> None:
    with pytest.raises(SettingsError, match="colour is not a setting; known are cache"):
        Settings.load(colour="red")


def test_a_misspelt_variable_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_TOPK", "7")
    with pytest.raises(SettingsError, match=r"PINCITE_TOPK.*PINCITE_TOP_K"):
        Settings.load()


@pytest.mark.parametrize("text", ["topk = 3", "top_k = 'many'", "top_k = 0", "top_k ="])
def test_a_bad_file_is_an_error(elsewhere: Path, text: str) -> None:
    (elsewhere / "pincite.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"topk|top_k|pincite\.toml"):
        Settings.load()
