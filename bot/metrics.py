"""What Prometheus reads. Labels are few and fixed: never an openid, a number or a text."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PUSHES = Counter("guanjia_pushes_total", "Pushes by what was answered", ["outcome"])
REJECTED = Counter("guanjia_pushes_rejected_total", "Pushes refused, by reason", ["reason"])
HANDLED = Counter("guanjia_messages_handled_total", "Messages handled, by intent or kind", ["intent"])
SET_ASIDE = Counter("guanjia_messages_set_aside_total", "Messages that failed three times")
ANSWER_SECONDS = Histogram(
    "guanjia_answer_seconds",
    "From a push to its answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5),
)
SENT = Counter("guanjia_deliveries_total", "Deliveries, by rung and what became of them", ["rung", "state"])
SPOOLED = Gauge("guanjia_spooled", "Pushes waiting in the spool of this process")
SWEPT = Counter("guanjia_swept_total", "Work taken over from dead processes", ["what"])
TIMERS = Counter("guanjia_timers_total", "Timers run, by kind and outcome", ["kind", "outcome"])
