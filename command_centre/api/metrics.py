"""``/metrics`` for Prometheus: counts and sizes, never names or content."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.comparison.desk import ComparisonDesk
from command_centre.comparison.local_model.contract import Dropped
from command_centre.comparison.local_model.desk import SuggestionDesk
from command_centre.desk.context import CentreContext
from command_centre.instruments.recording import Counts
from config.words import MICROSECONDS

_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Name of a figure: what it says, and how it is read when somebody asks.
Gauges = dict[str, tuple[str, Callable[[], float]]]


class Metrics:
    """One registry per application, so that tests and reloads do not share counts."""

    def __init__(self, context: CentreContext) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "duizhi_http_requests", "HTTP requests", ["method", "status"], registry=self._registry
        )
        gauges = {
            **_desks_and_log(context),
            **_comparison(context.comparison),
            **_local_model(context.suggestions),
            **_instruments(context.instruments.counts),
        }
        for name, (text, read) in gauges.items():
            Gauge(name, text, registry=self._registry).set_function(read)

    def route(self) -> Route:
        """The endpoint Prometheus scrapes."""

        async def scrape(_request: Request) -> Response:
            return Response(generate_latest(self._registry), headers={"Content-Type": _TYPE})

        return Route("/metrics", scrape, methods=["GET"])


def _desks_and_log(context: CentreContext) -> Gauges:
    live, hub, follower = context.live, context.hub, context.follower
    return {
        "duizhi_desks": ("connected desks", lambda: len(hub)),
        "duizhi_desks_too_slow": (
            "desks disconnected because they were too slow",
            lambda: hub.disconnected_slow,
        ),
        "duizhi_viewers": ("live views", lambda: len(live)),
        "duizhi_viewer_fragments_skipped": (
            "fragments that slow viewers did not get",
            lambda: live.skipped,
        ),
        "duizhi_log_projected": ("entries projected", lambda: follower.next_index),
        "duizhi_log_size": ("entries in the recorder's log", lambda: follower.size),
        "duizhi_log_holes": (
            "publications of the log that were dropped",
            lambda: follower.holes,
        ),
        "duizhi_views_unrecorded": (
            "view entries that could not be recorded",
            lambda: context.appender.lost,
        ),
        "duizhi_centre_log_lost": (
            "entries the centre's log could not take",
            lambda: context.log.lost,
        ),
        "duizhi_recorder_up": (
            "1 while the recorder answers",
            lambda: context.watch.recorder is not None,
        ),
        "duizhi_transcriber_up": (
            "1 while the transcriber answers",
            lambda: context.watch.transcriber is not None,
        ),
    }


def _comparison(comparison: ComparisonDesk) -> Gauges:
    return {
        "duizhi_comparison_restarts": (
            "times the comparison's process was started again",
            lambda: comparison.restarts,
        ),
        "duizhi_comparison_slowest_seconds": (
            "slowest utterance in the engine since the start",
            lambda: comparison.slowest_us / MICROSECONDS,
        ),
        "duizhi_comparison_delay_seconds": (
            "longest time from a final sentence in the log to what desks see, of the last 1000",
            lambda: max(comparison.delays_us, default=0) / MICROSECONDS,
        ),
    }


def _local_model(suggestions: SuggestionDesk) -> Gauges:
    gauges: Gauges = {
        "duizhi_local_model_on": (
            "1 when a local language model is configured",
            lambda: suggestions.is_on,
        ),
        "duizhi_local_model_queue": (
            "pairs of answers that wait for it",
            lambda: suggestions.queued,
        ),
        "duizhi_local_model_requests": (
            "requests sent to it",
            lambda: suggestions.requests,
        ),
        "duizhi_local_model_suggested": (
            "suggestions shown",
            lambda: suggestions.suggested,
        ),
        "duizhi_local_model_slowest_seconds": (
            "slowest answered request since the start",
            lambda: suggestions.slowest_s,
        ),
    }
    for reason in Dropped:
        gauges[f"duizhi_local_model_dropped_{reason}"] = (
            f"replies and pairs dropped: {reason}",
            functools.partial(suggestions.dropped.__getitem__, reason),
        )
    return gauges


def _instruments(counts: Counts) -> Gauges:
    return {
        f"duizhi_instruments_{field.name}": (
            f"messages of instruments: {field.name}",
            functools.partial(getattr, counts, field.name),
        )
        for field in dataclasses.fields(Counts)
    }
