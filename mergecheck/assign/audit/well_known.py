"""Names of models, agents and their makers that a reader would take for a program's, whatever a study compares."""

from __future__ import annotations

MODELS = (
    r"chat[-_ ]?gpt",
    r"gpt[-_ ]?[2-9](?:[.-]?\d)?o?(?:[-_ ](?:mini|nano|turbo|codex|pro))?",
    r"gpt[-_ ]?oss",
    r"o[134][-_](?:mini|preview|pro)",
    r"claude(?:[-_ ]?\d(?:[.-]\d)?)?(?:[-_ ]?(?:sonnet|opus|haiku|code|instant))?",
    r"(?:sonnet|opus|haiku)[-_ ]?[345](?:\.\d)?",
    r"gemini[-_ ]?(?:\d(?:\.\d)?|pro|flash|ultra)",
    r"gemini",
    r"deep[-_ ]?seek(?:[-_ ]?(?:v\d|r\d|coder|chat))?",
    r"qwen[-_ ]?\d?(?:\.\d)?(?:[-_ ]?coder)?",
    r"code[-_ ]?llama",
    r"llama[-_ ]?[234]",
    r"mi[sx]tral",
    r"devstral|codestral",
    r"mini[-_ ]?max",
    r"kimi[-_ ]?k\d",
    r"glm[-_ ]?4(?:\.\d)?",
    r"grok[-_ ]?\d",
    r"grok",
    r"swe[-_ ]?llama",
    r"starcoder",
)

AGENTS = (
    r"swe[-_ ]?agent",
    r"open[-_ ]?hands",
    r"open[-_ ]?devin",
    r"devin(?:[-_ ]?ai)",
    r"auto[-_ ]?code[-_ ]?rover",
    r"agentless",
    r"moatless",
    r"aider",
    r"copilot",
    r"codex",
    r"cursor[-_ ]?ai",
    r"windsurf",
    r"amazon[-_ ]?q",
    r"auto[-_ ]?gpt",
)

MAKERS = (r"openai", r"anthropic", r"google[-_ ]?deepmind", r"moonshot[-_ ]?ai", r"alibaba[-_ ]?cloud")

PHRASES = (
    r"as an ai(?: language model| assistant)?",
    r"ai[-_ ]generated",
    r"ai[-_ ]assist(?:ant|ed)",
    r"(?:generated|written|created|produced) (?:by|with|using) (?:an? )?(?:ai|llm|language model)",
    r"large language model",
    r"swe[-_ ]?bench",
    r"gold(?:en)? patch",
)

GENERIC = frozenset(
    {
        "agent", "agents", "model", "models", "mini", "preview", "pro", "large", "small", "base", "test", "tests",
        "tool", "tools", "turbo", "verified", "lite", "full", "run", "default", "golden", "gold", "code", "coder",
        "chat", "instruct", "high", "low", "medium", "fast", "flash", "ultra", "latest", "simulated", "system",
        "main", "plus", "self", "none", "open", "crew", "other",
    }
)  # fmt: skip
"""Pieces of names that say nothing by themselves."""
