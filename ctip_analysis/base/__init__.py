"""What every other room may use: worded errors, periods, pinned tables, atomic files, locks, escaping.

Nothing here knows what is counted, where, or for whom. ``errors`` has the exceptions a user sees, each a sentence;
``periods`` the period codes; ``reference`` the tables of ``data/``, compared with their hashes; ``files`` and
``lock`` let results appear whole; ``html`` escapes and makes plain tables; ``provenance`` says which code runs.
"""
