"""Runs notebooks and puts their reports in place: one report, a batch, a whole yearly run.

A *request* is a notebook with checked parameters. A *task* runs in a process of its own (``pool``, ``worker``,
``engine``) under the ``guard``; ``batch`` sends tasks, puts good pages into their folder by rename (``outputs``) and
writes a run record of each. ``plan`` says what is stale, ``status`` reads the records, ``yearly`` joins check, release,
batch, audit and hand-over. Configuration files and records are pydantic models.
"""
