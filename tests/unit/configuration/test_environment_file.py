# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment file: PostgreSQL's variables, no others touched, every password as it was."""

from __future__ import annotations

import pytest
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.env_file import (
    EnvFile,
    rewrite_env,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.environment import (
    rewrite_environment,
)
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.problem import RewriteError
from ansible_collections.alkemio.convergence.plugins.plugin_utils._configuration.settings import Settings

from tests.support.playbooks.states import texts

PASSWORDS = [
    "synapse",
    "pa$word",
    "pa$$word",
    "with space",
    "hash #1",
    "it's",
    'a"b',
    "back\\slash",
    "ä€",
    "${USER}",
    "a=b",
    "'\"$\\",
]
LOGIN = "POSTGRES_USER=synapse\nPOSTGRES_PASSWORD=x\n"


def test_released_file_gets_the_variables_of_both_families() -> None:
    text, _settings = rewrite_env(texts("mysql")[".env.docker"], Settings())
    values = EnvFile(text).values()
    assert values["DATABASE_HOST"] == "postgres"
    assert values["DATABASE_USERNAME"] == values["POSTGRES_USER"] == "synapse"
    assert values["DATABASE_NAME"] == values["POSTGRES_DATABASE"] == "alkemio"
    assert values["DATABASE_PORT"] == values["POSTGRES_DB_PORT"] == "5432"
    assert not [name for name in values if name.startswith(("MYSQL", "JOLOCOM"))]


def test_the_third_family_stays_when_asked_for() -> None:
    text, _settings = rewrite_env(texts("mysql")[".env.docker"], Settings(keep_mysql_variables=True))
    values = EnvFile(text).values()
    assert values["MYSQL_DATABASE"] == "alkemio"
    assert values["DATABASE_TYPE"] == "postgres"


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        ("synapse,hydra", "alkemio,kratos,synapse,hydra"),
        ("synapse, hydra", "alkemio,kratos,synapse, hydra"),
        ("'synapse hydra'", "alkemio kratos synapse hydra"),
        ("alkemio,synapse,hydra", "kratos,alkemio,synapse,hydra"),
        ("kratos,alkemio", "kratos,alkemio"),
    ],
)
def test_databases_are_added_and_none_is_taken_away(listed: str, wanted: str) -> None:
    text, _settings = rewrite_env(f"{LOGIN}POSTGRES_MULTIPLE_DATABASES={listed}\n", Settings())
    assert EnvFile(text).values()["POSTGRES_MULTIPLE_DATABASES"] == wanted


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_is_read_back_as_it_was(password: str) -> None:
    text, settings = rewrite_env(LOGIN, Settings(user="alkemio", password=password))
    assert EnvFile(text).values()["DATABASE_PASSWORD"] == password
    assert EnvFile(text).values()["POSTGRES_PASSWORD"] == "x", "the owner of the other databases keeps his"
    again, _settings = rewrite_env(text, Settings(user="alkemio", password=password))
    assert again == text
    assert settings.url_user == "${DATABASE_USERNAME}"


def test_a_password_that_a_url_cannot_hold_gets_an_encoded_twin() -> None:
    text, settings = rewrite_env("POSTGRES_USER=synapse\nPOSTGRES_PASSWORD='p@ss/w$rd'\n", Settings())
    assert EnvFile(text).values()["KRATOS_DSN_PASSWORD"] == "p%40ss%2Fw%24rd"
    assert (settings.url_user, settings.url_password) == ("${POSTGRES_USER}", "${KRATOS_DSN_PASSWORD}")


def test_references_are_followed() -> None:
    text, _settings = rewrite_env(f"{LOGIN}SECOND=${{POSTGRES_USER}}2\nTHIRD=${{NONE:-three}}\n", Settings())
    values = EnvFile(text).values()
    assert (values["SECOND"], values["THIRD"]) == ("synapse2", "three")


def test_what_is_commented_out_of_mysql_goes_and_other_comments_stay() -> None:
    before = f"# all\n{LOGIN}#MYSQL_DATABASE=alkemio\n# MYSQL_ROOT_PASSWORD=toor\n# kept\nX=1 # why\n"
    text, _settings = rewrite_env(before, Settings())
    assert "MYSQL" not in text
    assert text.startswith("# all\n")
    assert text.endswith("# kept\nX=1 # why\n")


def test_a_value_over_several_lines_stays_whole() -> None:
    text, _settings = rewrite_env(f'{LOGIN}KEY="first\nMYSQL_DATABASE=inside\nlast"\n', Settings())
    assert 'KEY="first\nMYSQL_DATABASE=inside\nlast"\n' in text


def test_without_a_login_it_is_refused() -> None:
    with pytest.raises(RewriteError, match="give its user and password"):
        rewrite_env("MYSQL_ROOT_PASSWORD=toor\n", Settings())


def test_a_file_of_overrides_is_converted_and_gets_nothing_new() -> None:
    files = {
        ".env.docker": LOGIN + "DATABASE_HOST=mysql\n",
        ".env.docker.local": (
            "# mine\n#AUTH_RESET=3\nDATABASE_HOST=mysql\nMYSQL_ROOT_PASSWORD=own\nPOSTGRES_PASSWORD=other\nRABBITMQ=a\n"
        ),
    }
    done, settings = rewrite_environment(files, Settings())
    assert done[".env.docker.local"] == (
        "# mine\n#AUTH_RESET=3\nDATABASE_HOST=postgres\nPOSTGRES_PASSWORD=other\nRABBITMQ=a\n"
    )
    found = EnvFile(done[".env.docker"]).values()
    assert found["DATABASE_PASSWORD"] == "other", "compose reads the second file last"
    assert found["DATABASE_HOST"] == "postgres"
    assert settings.url_user == "${POSTGRES_USER}"
    assert rewrite_environment(done, Settings())[0] == done


def test_two_files_with_a_login_each_are_two_environments() -> None:
    files = {"one": LOGIN, "two": "POSTGRES_USER=b\nPOSTGRES_PASSWORD=c\n"}
    done, _settings = rewrite_environment(files, Settings())
    assert EnvFile(done["two"]).values()["DATABASE_USERNAME"] == "b"
    assert EnvFile(done["one"]).values()["DATABASE_USERNAME"] == EnvFile(LOGIN).values()["POSTGRES_USER"]


def test_no_environment_file_is_no_error() -> None:
    assert rewrite_environment({}, Settings()) == ({}, Settings())
