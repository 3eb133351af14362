"""Makes the calls of calls.json with the generated client, and prints each result as JSON."""

import functools
import json
import operator
import re
import sys
import time

import openapi_client as client

connection = client.ApiClient(client.Configuration(host=sys.argv[1]))
apis = [
    api(connection)
    for api in (
        client.DescriptionApi,
        client.GatewaysApi,
        client.ObservationsApi,
        client.PaymentsApi,
        client.RefundsApi,
    )
]
models = {
    "order": client.Order,
    "capture_order": client.CaptureOrder,
    "refund_order": client.RefundOrder,
    "observation": client.Observation,
}
saved = {}
MAX_ATTEMPTS = 100
PAUSE_SECONDS = 0.2


def argument(name, value):
    if name in models:
        return models[name].from_json(json.dumps(value))
    return re.sub(r"\${(\w+)}", lambda part: saved[part[1]], value) if isinstance(value, str) else value


def make(call):
    method = re.sub("([A-Z])", r"_\1", call["operation"]).lower() + "_with_http_info"
    api = next(api for api in apis if hasattr(api, method))
    arguments = {name: argument(name, value) for name, value in call.get("arguments", {}).items()}
    return getattr(api, method)(**arguments)


def result_of(call):
    try:
        response = make(call)
        data = response.data
        return response.status_code, data.decode() if isinstance(data, bytes) else json.loads(data.to_json())
    except client.ApiException as problem:
        return problem.status, json.loads(problem.body)


with open("calls.json", encoding="utf-8") as file:
    calls = json.load(file)
for call in calls:
    for _ in range(MAX_ATTEMPTS):
        status, result = result_of(call)
        if "await" not in call or result.get(call["await"]):
            break
        time.sleep(PAUSE_SECONDS)
    for name, pointer in call.get("save", {}).items():
        saved[name] = functools.reduce(operator.getitem, pointer.split("/")[1:], result)
    print(json.dumps({"operation": call["operation"], "status": status, "result": result}))
