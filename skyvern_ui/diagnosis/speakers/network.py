"""No answer came at all: a socket, a name server or TLS speaks. Field notes 4, the first rows."""

from __future__ import annotations

from ..rule import Rule, When, words

DOCKER = "Inside Docker, localhost is the container itself: use the service's name, or host.docker.internal."
OF_MODELS = ("models", "chat", "image", "json", "embedding")

NETWORK = (
    Rule("refused", "network", "operator", "no",
         "Nothing listens at the model's address.",
         "The connection was refused: the host is there, but no program answers at this port.",
         (DOCKER, "Check the port, and that the model's server runs. Ollama must listen on 0.0.0.0, not only on "
                  "localhost."),
         (When(trouble=("refused",), asked=OF_MODELS),
          When(words=words(r"connection refused|ECONNREFUSED|\[Errno 111\]|all connection attempts failed"),
               asked=OF_MODELS))),
    Rule("name_unknown", "network", "operator", "no",
         "The model's host is not known from here.",
         "Its name could not be turned into an address.",
         ("Check the spelling of the host.", DOCKER),
         (When(trouble=("name",), asked=OF_MODELS),
          When(words=words(r"name or service not known|name resolution|nodename nor servname|getaddrinfo|ENOTFOUND|"
                           r"no address associated with"), asked=OF_MODELS))),
    Rule("tls_failed", "network", "operator", "no",
         "The model's certificate is not trusted, or it does not speak TLS.",
         "A private authority signed the certificate, it is for another name, or http and https are mixed up.",
         ("Use http:// for a server without TLS.", "Mount the authority's certificate where the program looks for it."),
         (When(trouble=("tls",), asked=OF_MODELS),
          When(words=words(r"certificate.verify|CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER|SSLError|"
                           r"self.signed certificate|plain HTTP request was sent to HTTPS"), asked=OF_MODELS))),
    Rule("redirected", "network", "operator", "no",
         "The model's address leads to another one.",
         "It answered with a redirect, which turns a POST into a GET and is never followed.",
         ("Use the address it points to: mostly https instead of http, or one slash less.",),
         (When(trouble=("redirect",), asked=OF_MODELS),
          When(status=(301, 302, 303, 307, 308), asked=OF_MODELS))),
    Rule("not_http", "network", "operator", "no",
         "Something else than a web server listens at the model's address.",
         "What came back is not HTTP.",
         ("Check the port; https:// and http:// may be mixed up.",),
         (When(trouble=("garbage",), asked=OF_MODELS),)),
    Rule("unsendable", "network", "operator", "no",
         "The request to the model could not be sent.",
         "Its key has a line break or another impossible character in it, or the address is no address.",
         ("Enter key and address once more, each in one line.",),
         (When(trouble=("unsendable",), asked=OF_MODELS),)),
    Rule("connection_broke", "network", "provider", "backoff",
         "The connection to the model broke off.",
         "It was made, and ended before the answer was complete.",
         ("Try again. If it happens often, look at the proxies between the two and at the model's log.",),
         (When(trouble=("reset",), asked=OF_MODELS),
          When(words=words(r"connection reset|ECONNRESET|server disconnected|remote end closed|incomplete chunked read|"
                           r"peer closed connection"), asked=OF_MODELS))),
    Rule("timeout", "network", "operator", "backoff",
         "The model answers too slowly.",
         "It took longer than a time-out on the way allows.",
         ("Find the smallest time-out on the way (LiteLLM, gateway, nginx 60 s, Cloudflare 100 s) and raise it.",
          "Or choose a faster model, or let it stream."),
         (When(trouble=("timeout",), asked=OF_MODELS), When(status=(408, 504, 522, 524), asked=OF_MODELS),
          When(words=words(r"litellm\.Timeout|APITimeoutError|request timed out|read timed out|ReadTimeout|"
                           r"\bTimeout: "), asked=OF_MODELS))),
    Rule("unreachable", "network", "operator", "backoff",
         "The model cannot be reached.",
         "No connection came about, and the program in between does not say why.",
         ("Check the model's address from the machine that asks it.", DOCKER),
         (When(words=words(r"APIConnectionError|connection error\.|cannot connect to host|connecterror"),
               asked=OF_MODELS),)),
)
