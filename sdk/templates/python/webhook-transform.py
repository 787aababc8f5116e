"""Says in one sentence that somebody applied, and drops everything else."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.transforming import Decision_Deliver, Decision_Drop, Delivery
from wit_world.imports import config
from wit_world.imports.types import ErrorKind, PluginError


class Transforming(exports.Transforming):
    def transform(self, context, event):
        if event.kind != "application.created":
            return Decision_Drop(f"{event.kind} is no news")
        # What a tenant's admin has set; mortise-plugin.toml says what may be.
        greeting = json.loads(config.all()).get("greeting", "News")
        id = json.loads(event.payload).get("subject_id")
        if not id:
            message = "The event names no application."
            raise Err(PluginError(ErrorKind.INVALID_INPUT, "no_subject", message, False, []))
        news = {"at": event.occurred_at, "text": f"{greeting}: somebody applied ({id})."}
        body = json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode()
        return Decision_Deliver([Delivery([], "application/json", body)])
