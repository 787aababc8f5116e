"""Says of each webhook on standard input, a JSON object a line, whether the published library takes it."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    told = json.loads(line)
    try:
        Webhook(told["secret"]).verify(told["body"], told["headers"])
        print("taken")
    except WebhookVerificationError:
        print("refused")
