"""What is counted. `/metrics` shows it to admins and to whoever holds METRICS_TOKEN."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

AUDIT_OUTCOME_FAILED = Counter("audit_outcome_failed_total", "Writes whose outcome could not be recorded.")
PASSWORD_CHECKS = Counter("password_checks_total", "Times a password hash was computed.")
UPSTREAM_LEAKS = Counter("upstream_leaks_total", "Answers of Skyvern withheld because they held its key.")
UPSTREAM_ENCODED_LEAKS = Counter("upstream_encoded_leaks_total",
                                 "Short answers of Skyvern that held its key in base64 or as \\u00XX. They are passed.")
PROXIED = Counter("proxied_total", "Calls relayed to Skyvern.", ["deadline", "status"])
OPEN_STREAMS = Gauge("open_streams", "Sockets and long downloads in progress.", multiprocess_mode="livesum")
VIEWERS = Gauge("viewers", "People watching a run.", multiprocess_mode="livesum")
REQUEST_SECONDS = Histogram("request_seconds", "Time to the end of our answer.", ["kind"],
                            buckets=(0.005, 0.015, 0.05, 0.15, 0.5, 1.5, 5, 30))
