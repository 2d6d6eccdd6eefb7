"""Settings: flags over environment over file over defaults; a misspelt key is an error."""

from pathlib import Path

import pytest

from chat.errors import SettingsError
from chat.settings import Settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
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


def test_a_misspelt_variable_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_TOPK", "7")
    with pytest.raises(SettingsError, match=r"PINCITE_TOPK.*PINCITE_TOP_K"):
        Settings.load()


@pytest.mark.parametrize("text", ["topk = 3", "top_k = 'many'", "top_k = 0", "top_k ="])
def test_a_bad_file_is_an_error(elsewhere: Path, text: str) -> None:
    (elsewhere / "pincite.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"topk|top_k|pincite\.toml"):
        Settings.load()
