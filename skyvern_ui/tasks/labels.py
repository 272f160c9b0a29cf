"""Skyvern's engines and proxy locations in words."""

from __future__ import annotations

ENGINE_LABELS = {
    "skyvern-1.0": "Skyvern 1.0: one goal, quick",
    "skyvern-2.0": "Skyvern 2.0: plans many steps",
    "skyvern-3.0": "Skyvern 3.0",
    "openai-cua": "OpenAI computer use",
    "anthropic-cua": "Anthropic computer use",
    "ui-tars": "UI-TARS",
    "yutori-navigator": "Yutori Navigator",
}
COUNTRIES = {
    "AR": "Argentina", "AU": "Australia", "BR": "Brazil", "CA": "Canada", "DE": "Germany", "ES": "Spain",
    "FR": "France", "GB": "United Kingdom", "IE": "Ireland", "IN": "India", "IT": "Italy", "JP": "Japan",
    "KR": "South Korea", "MX": "Mexico", "NL": "Netherlands", "NZ": "New Zealand", "PH": "Philippines",
    "SA": "Saudi Arabia", "TR": "Turkey", "ZA": "South Africa",
}
STATES = {"US-CA": "California", "US-NY": "New York", "US-TX": "Texas", "US-FL": "Florida", "US-WA": "Washington"}


def proxy_label(location: str) -> str:
    if location == "NONE":
        return "No proxy"
    if location in STATES:
        return f"United States, {STATES[location]}"
    country = location.removeprefix("RESIDENTIAL_")
    if country in COUNTRIES:
        return COUNTRIES[country]
    return "United States, same address kept" if location == "RESIDENTIAL_ISP" else "United States"
