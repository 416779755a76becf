"""Records in a real PostgreSQL on loopback and in DuckDB files: the same description, the same numbers."""

from __future__ import annotations

import gc

import duckdb
import pandas as pd
import postgres_server
import psycopg
import pytest
from record_folder import edit, write_minimal
from typer.testing import CliRunner

from ctip_analysis.base.errors import DataError, ParameterError
from ctip_analysis.base.reference import ROOT
from ctip_analysis.cli import app
from ctip_analysis.inside import count, load_records, release
from ctip_analysis.inside.records.database import label
from ctip_analysis.inside.records.reconcile import reconcile
from ctip_analysis.inside.records.tables import record_tables

pytestmark = pytest.mark.long

SAMPLE = ROOT / "data" / "sample"
KINDS = {"string": "text", "integer": "integer", "number": "numeric(14,3)", "boolean": "boolean", "date": "date"}
SECRET = "s3cret"


def columns(**other):
    """Kind of each column of each table, *other* ones by table and column."""
    made = {name: {c: KINDS[f["type"]] for c, f in table.fields.items()} for name, table in record_tables().items()}
    for name, kind in other.items():
        table, column = name.split("__")
        made[table][column] = kind
    return made


@pytest.fixture(scope="module")
def server():
    if postgres_server.programs() is None:
        pytest.skip("no PostgreSQL server is installed")
    with postgres_server.running() as started:
        yield started


@pytest.fixture
def in_postgres(server, small):
    """The small record folder in the database; gives the folder back."""
    gc.collect()  # records of the last test would keep their transaction open
    server.fill(small, columns())
    return small


def where_counted(records):
    return records.table("clients").get_backend().name


def said(address):
    with pytest.raises(DataError) as caught:
        load_records(address)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_the_sample_in_postgresql_is_counted_there_to_the_same_cells(server, cells, records):
    server.fill(SAMPLE, columns())
    found = load_records(server.address)
    assert where_counted(found) == "postgres"
    pd.testing.assert_frame_equal(count(found, year=2004), cells)
    pd.testing.assert_frame_equal(reconcile(found), reconcile(records))


def test_the_sample_in_duckdb_is_counted_to_the_same_cells(tmp_path, cells):
    with duckdb.connect(tmp_path / "records.duckdb") as made:
        for name in record_tables():
            made.execute(f"CREATE TABLE {name} AS FROM read_csv('{SAMPLE / name}.csv')")
    found = load_records(f"duckdb://{tmp_path / 'records.duckdb'}")
    pd.testing.assert_frame_equal(count(found, year=2004), cells)


def test_a_release_from_postgresql_is_the_edition_of_the_same_folder(
    server, in_postgres, tmp_path, operator_notes
):
    made = [release(data, year=2004, out=tmp_path / name) for name, data in
            (("folder", in_postgres), ("database", server.address))]  # fmt: skip
    assert (made[0] / "cells.csv").read_bytes() == (made[1] / "cells.csv").read_bytes()
    assert SECRET not in "".join(path.read_text(encoding="utf-8") for path in operator_notes.iterdir())


def test_faults_name_table_and_row_in_the_order_of_the_key(server, in_postgres):
    edit(in_postgres, "services", "SV-2,CL-1,NGO01,job_placement", "SV-2,CL-1,NGO99,job_placement")
    server.fill(in_postgres, columns())
    assert "services, column partner_id, row 2: must be a partner_id of partners" in said(server.address)


def test_values_that_must_be_cleaned_are_counted_from_the_private_copy(server, in_postgres):
    """'Female' is read as female; the database would count it as a word of its own."""
    edit(in_postgres, "clients", "CL-2,NGO01,2004-02-10,female", "CL-2,NGO01,2004-02-10,Female")
    server.fill(in_postgres, columns())
    found = load_records(server.address)
    assert where_counted(found) == "duckdb"
    assert found["clients"]["sex"].tolist() == ["female", "female"]


def test_columns_of_text_and_of_times_are_read_like_numbers_and_dates(server, in_postgres):
    server.fill(in_postgres, columns(services__amount_usd="text", trainings__n_participants="numeric(10,3)",
                                     clients__intake_date="timestamp", cases__n_accused="text"))  # fmt: skip
    found = load_records(server.address)
    assert where_counted(found) == "postgres"
    pd.testing.assert_frame_equal(count(found, year=2004), count(load_records(in_postgres), year=2004))
    assert found["trainings"]["n_participants"].tolist() == [20]  # stored as 20.000


def test_a_time_with_a_zone_is_no_certain_day(server, in_postgres):
    server.fill(in_postgres, columns(clients__intake_date="timestamptz"))
    assert "clients, column intake_date: the column is a time with a time zone" in said(server.address)


def test_an_empty_text_is_a_missing_value(server, in_postgres):
    with server.owner() as owner:
        owner.execute("UPDATE services SET outcome = '' WHERE service_id = 'SV-1'")
    services = load_records(server.address)["services"].set_index("service_id")
    assert services["outcome"].isna().to_dict() == {"SV-1": True, "SV-2": False, "SV-3": True}


def test_columns_without_a_description_are_never_read(server, in_postgres):
    with server.owner() as owner:
        owner.execute("ALTER TABLE clients ADD COLUMN full_name text DEFAULT 'Somebody Real'")
        owner.execute("REVOKE SELECT ON clients FROM reader")
        known = ", ".join(record_tables()["clients"].fields)
        owner.execute(f"GRANT SELECT ({known}) ON clients TO reader")
    assert "full_name" not in load_records(server.address)["clients"].columns


def test_a_table_that_may_not_be_read_is_named(server, in_postgres):
    with server.owner() as owner:
        owner.execute("REVOKE SELECT ON clients FROM reader")
    assert "clients: the database has no such table, or this user may not read it" in said(server.address)


def test_nothing_can_be_written_and_what_others_write_is_not_seen(server, in_postgres):
    found = load_records(server.address)
    with server.owner() as owner:
        owner.execute("DELETE FROM services WHERE service_id = 'SV-3'")
    assert len(found["services"]) == 3
    with pytest.raises(DataError, match="25006"):  # read_only_sql_transaction
        found.table("services").get_backend().con.execute("DELETE FROM services")


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        pytest.param(SECRET, "other", "the user or the password was refused", id="wrong password"),
        pytest.param("/ctip", "/none", "the server has no such database", id="no such database"),
        pytest.param("127.0.0.1:", "127.0.0.1:1?x=", "is written postgresql://USER", id="address that can't be read"),
        pytest.param("127.0.0.1:", "nowhere.invalid:", "the server can't be reached", id="no such host"),
    ],
)
def test_a_connection_that_fails_ends_in_a_sentence_without_the_password(server, old, new, sentence):
    address = server.address.replace(old, new)
    with pytest.raises((DataError, ParameterError), match=sentence) as caught:
        load_records(address)
    assert SECRET not in str(caught.value) and "other" not in str(caught.value)
    assert "::1" not in str(caught.value) and "FATAL" not in str(caught.value)


def test_an_address_of_another_database_is_refused():
    with pytest.raises(ParameterError, match=r"begins with postgresql:// or duckdb://; found mysql://"):
        load_records("mysql://user:secret@localhost/ctip")


@pytest.mark.parametrize("rest", ["u:pa:s/s@w@host/db", "u:pass@host", "host/db?user=u&password=pass"])
def test_a_password_is_masked_whatever_is_in_it(rest):
    found = label(f"postgresql://{rest}")
    assert "pa" not in found.replace("password=", "") and "…" in found


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "x.duckdb").write_text("no database")
    assert "is no DuckDB database" in said(f"duckdb://{tmp_path / 'x.duckdb'}")
    assert "there is no such file" in said(f"duckdb://{tmp_path / 'y.duckdb'}")


def test_check_reads_a_database_and_names_it_without_the_password(server, in_postgres):
    done = CliRunner().invoke(app, ["check", server.address])
    assert (done.exit_code, SECRET in done.output) == (0, False)
    assert f"{label(server.address)}: no fault found" in done.output


def test_a_lost_connection_ends_in_a_sentence(server, in_postgres):
    found = load_records(server.address)
    server.stop()
    try:
        for ask in (lambda: count(found, year=2004), lambda: found["clients"]):
            with pytest.raises(DataError, match="the connection was lost; nothing was written") as caught:
                ask()
            assert SECRET not in str(caught.value)
        with pytest.raises(psycopg.OperationalError):
            server.owner()
    finally:
        server.start()


def test_write_minimal_is_valid_in_a_database_too(server, tmp_path):
    server.fill(write_minimal(tmp_path / "again"), columns())
    assert load_records(server.address).is_synthetic
