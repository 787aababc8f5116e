// Says of each webhook on standard input, a JSON object a line, whether the published library takes it.

const { Webhook, WebhookVerificationError } = require("standardwebhooks");

for (const line of require("node:fs").readFileSync(0, "utf8").trim().split("\n")) {
    const { secret, body, headers } = JSON.parse(line);
    try {
        new Webhook(secret).verify(body, headers);
        console.log("taken");
    } catch (error) {
        if (!(error instanceof WebhookVerificationError)) throw error;
        console.log("refused");
    }
}
