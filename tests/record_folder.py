"""A record folder as small as it may be, for tests: every required table with one or two rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctip_analysis.base.errors import DataError, Fault
from ctip_analysis.inside.records import load_records

MINIMAL = {
    "partners": """\
partner_id,name,partner_type,role,is_synthetic
IOM,International Organization for Migration,un,prime,true
TAF,The Asia Foundation,ingo,prime,true
NGO01,Placeholder NGO 01,lngo,subgrantee,true
""",
    "campaign_plan": """\
adm1_code,campaign_year,planned_performances,is_synthetic
KH12,1,5,true
KH17,2,5,true
""",
    "campaign_events": """\
event_id,partner_id,event_date,campaign_year,adm1_code,district,commune,event_type,attendance_total,\
attendance_female,attendance_male,attendance_under18,count_method,is_synthetic
EV-1,IOM,2004-03-01,1,KH12,,,performance,3000,1600,1300,900,crowd_estimate,true
EV-2,IOM,2004-06-15,2,Siem Reap,,,performance,,,,,unknown,true
""",
    "trainings": """\
training_id,partner_id,start_date,end_date,adm1_code,audience_type,topic,n_participants,n_female,n_completed,is_synthetic
TR-1,IOM,2004-02-01,2004-02-05,KH12,police,law,20,5,18,true
""",
    "structures": """\
structure_id,structure_type,partner_id,established_date,adm1_code,members_n,active,is_synthetic
ST-1,youth_club,NGO01,2004-05-01,KH17,12,true,true
""",
    "clients": """\
client_id,partner_id,intake_date,sex,age_band,client_type,exploitation_type,adm1_origin,consent_to_share,is_synthetic
CL-1,NGO01,2004-01-10,female,18_plus,victim,Forced labour,KH12,true,true
CL-2,NGO01,2004-02-10,female,15_17,at_risk,,,false,true
""",
    "services": """\
service_id,client_id,partner_id,service_type,start_date,end_date,outcome,amount_usd,adm1_code,is_synthetic
SV-1,CL-1,NGO01,scholarship,2004-03-01,,ongoing,120.5,KH12,true
SV-2,CL-1,NGO01,job_placement,2004-09-01,2004-09-30,completed,,,true
SV-3,CL-2,NGO01,scholarship,2004-03-01,,,80,,true
""",
    "rescues": """\
operation_id,partner_id,op_date,adm1_code,n_victims,is_synthetic
OP-1,IOM,2004-04-01,,3,true
""",
    "cases": """\
case_id,partner_id,partner_role,case_kind,referred_date,investigated_date,charged_date,tried_date,judgment_date,\
outcome,n_accused,n_convictions,n_victims,adm1_code,is_synthetic
CA-1,NGO01,referred,trafficking,2004-01-05,,2004-03-05,,2004-09-05,convicted,2,1,1,KH12,true
CA-2,NGO01,referred,trafficking,2004-08-05,,,,,pending,,0,,,true
""",
    "subgrants": """\
subgrant_id,prime_id,subgrantee_id,support_type,amount,currency,start_date,end_date,pillar,is_synthetic
SG-1,TAF,NGO01,subgrant,5000,USD,2004-01-01,2004-12-31,protection,true
""",
    "obligations": """\
fiscal_year,agency,recipient,amount_usd,source
2004,USAID,IOM,94012,list of awards
""",
}


def write_minimal(folder: Path) -> Path:
    """Write a valid record folder without the optional roster; return *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in MINIMAL.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


def edit(folder: Path, table: str, old: str, new: str) -> None:
    """Replace *old*, which must be in the table once, by *new*."""
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def faults(folder: Path) -> list[Fault]:
    """The faults for which *folder* is refused."""
    with pytest.raises(DataError) as caught:
        load_records(folder)
    return caught.value.faults


def sentences(folder: Path) -> list[str]:
    """The same in words."""
    return [str(fault) for fault in faults(folder)]
