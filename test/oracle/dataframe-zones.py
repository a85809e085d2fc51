"""Writes test/dataframe/fixtures/pandas-zones.json: what pandas 3.1.1 gives of moments around changes of clocks.

Where clocks show something twice or leave it out, the moment is the one that Python's zoneinfo gives: pandas has none, or one
that is later than what it was made of.

Run: python test/oracle/dataframe-zones.py
"""

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

assert pd.__version__ == "3.1.1", pd.__version__

# Days on which clocks change: an hour forward and back, half an hour, at midnight, a day that is left out, before 1970,
# and zones that are no whole hours from UTC and never change.
ZONES = {
    "Europe/Zurich": ["2024-03-31", "2024-10-27", "1941-05-05", "1980-04-06"],
    "America/New_York": ["2024-03-10", "2024-11-03", "1945-09-30", "1967-04-30"],
    "Australia/Lord_Howe": ["2024-04-06", "2024-10-05"],
    "Asia/Kolkata": ["2024-03-31", "1969-12-31"],
    "Asia/Kathmandu": ["1985-12-31", "2024-10-27"],
    "America/St_Johns": ["2024-03-10", "2006-10-29"],
    "America/Sao_Paulo": ["2018-11-04", "2018-02-18"],
    "America/Havana": ["2024-03-10", "2024-11-03"],
    "Pacific/Apia": ["2011-12-30", "2011-04-02"],
    "UTC": ["1969-12-31"],
}
GRIDS = {"15min": "15min", "1h": "1h", "2h": "2h", "1d": "D"}


def utc(values):
    """Milliseconds since 1970."""
    return [round(t.timestamp() * 1000) for t in values]


def away(values, times):
    """How far values are from times, in milliseconds."""
    return [a - b for a, b in zip(utc(values), utc(times))]


def moments(days):
    """Some hours around each midnight, in steps that meet neither hours nor days; the beginnings of half hours and a moment before."""
    found = set()
    for day in days:
        start = pd.Timestamp(day, tz="UTC") - pd.Timedelta("14h")
        found |= {start + i * pd.Timedelta("53min") + pd.Timedelta("17s") for i in range(48)}
        for half in range(86):
            found |= {start + half * pd.Timedelta("30min")}
        for hour in range(43):
            found |= {start + pd.Timedelta(hours=hour) - pd.Timedelta("1ms")}
    return pd.Series(sorted(found))


def resampled(local, rule):
    sums = pd.Series(range(len(local)), index=pd.DatetimeIndex(local)).resample(rule, closed="left", label="left").agg(["sum", "count"])
    return {"t": utc(sums.index), "x": [int(x) for x in sums["sum"]], "n": [int(n) for n in sums["count"]]}


def moment(shown, zone, fold=0):
    """When clocks of a zone show something; of what they leave out, when they do."""
    return pd.Timestamp(shown.to_pydatetime(warn=False).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(ZoneInfo("UTC")))


def beside(shown, zone, at):
    """Of two moments at which clocks of a zone show something the one that is as far from UTC as another moment is."""
    last = moment(shown, zone, 1).tz_convert(zone)
    same = last.tz_localize(None) == shown and last.utcoffset() == at.utcoffset()
    return last if same else moment(shown, zone)


def begins(date, zone):
    """The first moment at which clocks of a zone show a day; None if they never do."""
    t = moment(pd.Timestamp(date.isoformat()), zone)
    return t if t.tz_convert(zone).date() == date else None


def by_days(local, zone):
    """The sums of days of clocks: pandas has none where midnight is shown twice."""
    days = {}
    for i, t in enumerate(local):
        total, count = days.get(t.date(), (0, 0))
        days[t.date()] = (total + i, count + 1)
    first, last = min(days), max(days)
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    shown = [(begins(day, zone), days.get(day, (0, 0))) for day in every]
    shown = [(t, total) for t, total in shown if t is not None]
    return {"t": utc(t for t, _ in shown), "x": [x for _, (x, _) in shown], "n": [n for _, (_, n) in shown]}


answers = {}
for zone, days in ZONES.items():
    times = moments(days)
    local = times.dt.tz_convert(zone)
    shown = local.dt.tz_localize(None)
    of = answers[zone] = {"moments": utc(times)}
    of["offset"] = [round(t.utcoffset().total_seconds() * 1000) for t in local]
    of["normalize"] = away([moment(t, zone) for t in shown.dt.normalize()], times)
    for mine, theirs in GRIDS.items():
        for name in ["floor", "ceil", "round"]:
            grid = getattr(shown.dt, name)(theirs)
            of[f"{name} {mine}"] = away([moment(t, zone) if mine == "1d" else beside(t, zone, at) for t, at in zip(grid, local)], times)
    # Around each of the changes alone: between them there would be years.
    of["resampled"] = {}
    for day in days:
        near = local[(times - pd.Timestamp(day, tz="UTC")).abs() < pd.Timedelta("40h")].reset_index(drop=True)
        answer = of["resampled"][day] = {"first": len(times[times < near[0]]), "count": len(near), "1d": by_days(near, zone)}
        for rule in ["15min", "30min", "1h", "6h", "7h"]:
            try:
                answer[rule] = resampled(near, rule)
            except Exception as error:
                print(zone, day, rule, type(error).__name__, error)
        for mine, theirs in {"1w": "W-MON", "1mo": "MS"}.items():
            try:
                answer[mine] = resampled(near, theirs)
            except Exception as error:
                print(zone, day, mine, type(error).__name__, error)

target = Path(__file__).parents[1] / "dataframe" / "fixtures" / "pandas-zones.json"
target.write_text(json.dumps(answers, separators=(",", ":")) + "\n")
print(target.stat().st_size)
