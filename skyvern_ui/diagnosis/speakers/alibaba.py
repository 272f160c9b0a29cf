"""Alibaba Model Studio (DashScope) speaks. It uses OpenAI's words for other things, so its host is looked at first.
https://www.alibabacloud.com/help/en/model-studio/error-code"""

from __future__ import annotations

from ..rule import Rule, When, codes, words

HOST = words(r"aliyuncs\.com|dashscope|modelstudio|bailian")
NAMED = r"Dashscope|aliyun|alibabacloud|Model Studio|百炼"
FREE = r"free tier of th|free quota|free allocated quota|免费额度"

ALIBABA = (
    Rule("alibaba_free_tier", "provider", "operator", "no",
         "The free allowance is used up, and the account may use nothing else.",
         "The account is in “free tier only” mode: when the free tokens of this model are gone, it stops.",
         ("Switch off “use free tier only” in the provider's console, or choose a model whose allowance is left.",),
         (When(code=codes("allocationquota.freetieronly")),
          When(words=words(r"FreeTierOnly|use free tier only|free tier of th\w+ model (?:has been exhausted|"
                           r"is used up)")),
          When(host=HOST, words=words(FREE)))),
    Rule("alibaba_thinking", "provider", "operator", "no", "This model thinks, and then it must stream.",
         "Without streaming it wants thinking switched off.",
         ("Add enable_thinking: false to the model's extra parameters, or use a model that does not think.",),
         (When(words=words(r"enable_thinking")),)),
    Rule("alibaba_rate", "provider", "operator", "backoff", "The model is asked too much in a minute.",
         "The limit of requests or tokens per minute is reached. The words sound like money; here they mean speed.",
         ("Let fewer runs go at once; after a minute it works again.",),
         (When(code=codes("throttling", "throttling.ratequota", "throttling.allocationquota",
                          "throttling.burstrate", "limit_requests", "limit_burst_rate")),
          When(words=words(r"allocated quota exceeded|Throttling\.\w{2,20}Quota|requests rate limit exceeded|"
                           r"rate increased too quickly")),
          When(host=HOST, code=codes("insufficient_quota")), When(host=HOST, status=(429,)),
          When(words=words(r"exceeded your current quota[\s\S]{0,300}?(?:" + NAMED + ")")))),
    Rule("alibaba_arrears", "provider", "operator", "no", "The account at the provider has an overdue bill.",
         "Until it is paid, every request is refused.", ("Pay the bill in the provider's console.",),
         (When(code=codes("arrearage")), When(words=words(r"Arrearage|account is in good standing|overdue.payment")))),
    Rule("alibaba_no_right", "provider", "operator", "no", "The account may not use this model.",
         "It is not activated, or the key's workspace has no right to it.",
         ("Activate the model in the provider's console, or give the workspace the right.",),
         (When(code=codes("accessdenied", "accessdenied.unpurchased", "model.accessdenied", "workspace.accessdenied")),
          When(words=words(r"AccessDenied|model access denied")))),
)
