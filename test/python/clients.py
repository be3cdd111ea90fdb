"""Calls a gateway with the official Python clients: each case prints one line of JSON with what the client made of it."""

import asyncio
import json
import sys
from typing import Callable

import anthropic
import openai

GATEWAY = sys.argv[1]
KEY = "callers-own-key"
TIMEOUT_S = 10

gpt = openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, timeout=TIMEOUT_S)
claude = anthropic.Anthropic(base_url=GATEWAY, api_key=KEY, max_retries=0, timeout=TIMEOUT_S)

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "string"}},
    "required": ["id"],
    "additionalProperties": False,
}


def says(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def chat(content: str, **more):
    return gpt.chat.completions.create(model="triage", messages=says(content), **more)


def message(content: str, **more):
    return claude.messages.create(model="claude", max_tokens=64, messages=says(content), **more)


def respond(content: str, **more):
    return gpt.responses.create(model="triage", input=content, **more)


def chat_plain():
    answer = chat("hi")
    return {"text": answer.choices[0].message.content, "tokens": answer.usage.total_tokens > 0}


def chat_streamed():
    chunks = list(chat("hi", stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return {"text": text, "usage": sum(chunk.usage is not None for chunk in chunks)}


def chat_tool():
    tool = {"type": "function", "function": {"name": "look_up", "parameters": SCHEMA}}
    [call] = chat("TOOL", tools=[tool]).choices[0].message.tool_calls
    return {"name": call.function.name, "arguments": json.loads(call.function.arguments)}


def chat_tool_streamed():
    tool = {"type": "function", "function": {"name": "look_up", "parameters": SCHEMA}}
    deltas = [chunk.choices[0].delta for chunk in chat("TOOL", tools=[tool], stream=True) if chunk.choices]
    pieces = [call.function for delta in deltas for call in delta.tool_calls or []]
    arguments = "".join(piece.arguments or "" for piece in pieces)
    return {"name": pieces[0].name, "arguments": json.loads(arguments)}


def chat_structured():
    form = {"type": "json_schema", "json_schema": {"name": "found", "strict": True, "schema": SCHEMA}}
    return json.loads(chat("JSON", response_format=form).choices[0].message.content)


def chat_structured_streamed():
    form = {"type": "json_schema", "json_schema": {"name": "found", "strict": True, "schema": SCHEMA}}
    chunks = chat("JSON", response_format=form, stream=True)
    return json.loads("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices))


def chat_async():
    async def streamed():
        async with openai.AsyncOpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0) as client:
            stream = await client.chat.completions.create(model="triage", messages=says("hi"), stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    return asyncio.run(streamed())


def chat_headers():
    raw = gpt.chat.completions.with_raw_response.create(model="triage", messages=says("hi"))
    return {"revision": raw.headers["x-sluice-revision"], "call": "x-sluice-call" in raw.headers}


def chat_refused():
    return chat("FAIL")


def chat_unknown():
    return gpt.chat.completions.create(model="nobody", messages=says("hi"))


def chat_broken():
    return "".join(chunk.choices[0].delta.content or "" for chunk in chat("BREAK", stream=True))


def responses_plain():
    answer = respond("hi")
    after = respond("hi", previous_response_id=answer.id)
    return {"text": answer.output_text, "after": after.output_text, "other": answer.id != after.id}


def responses_streamed():
    events = list(respond("hi", stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    return {"text": text, "last": events[-1].type}


RESPONSES_TOOL = {"type": "function", "name": "look_up", "parameters": SCHEMA, "strict": True}


def responses_tool():
    [call] = [item for item in respond("TOOL", tools=[RESPONSES_TOOL]).output if item.type == "function_call"]
    return {"name": call.name, "arguments": json.loads(call.arguments)}


def responses_tool_streamed():
    with gpt.responses.stream(model="triage", input="TOOL", tools=[RESPONSES_TOOL]) as stream:
        pieces = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
        return {"arguments": json.loads("".join(pieces)), "status": stream.get_final_response().status}


def responses_structured():
    form = {"type": "json_schema", "name": "found", "strict": True, "schema": SCHEMA}
    return json.loads(respond("JSON", text={"format": form}).output_text)


def embeddings():
    answer = gpt.embeddings.create(model="fast", input=["one", "two"])
    return {"vectors": len(answer.data), "numbers": len(answer.data[0].embedding) > 0}


def models():
    return sorted(model.id for model in gpt.models.list())


def messages_plain():
    answer = message("hi")
    return {"text": answer.content[0].text, "stop": answer.stop_reason, "tokens": answer.usage.output_tokens > 0}


def messages_streamed():
    with claude.messages.stream(model="claude", max_tokens=64, messages=says("hi")) as stream:
        text = "".join(stream.text_stream)
        return {"text": text, "stop": stream.get_final_message().stop_reason}


def messages_tool():
    [block] = message("TOOL", tools=[{"name": "look_up", "input_schema": SCHEMA}]).content
    return {"type": block.type, "name": block.name, "input": block.input}


def messages_tool_streamed():
    tools = [{"name": "look_up", "input_schema": SCHEMA}]
    with claude.messages.stream(model="claude", max_tokens=64, messages=says("TOOL"), tools=tools) as stream:
        [block] = stream.get_final_message().content
        return {"type": block.type, "name": block.name, "input": block.input}


MESSAGES_FORM = {"format": {"type": "json_schema", "schema": SCHEMA}}


def messages_structured():
    return json.loads(message("JSON", output_config=MESSAGES_FORM).content[0].text)


def messages_structured_streamed():
    asked = {"model": "claude", "max_tokens": 64, "messages": says("JSON"), "output_config": MESSAGES_FORM}
    with claude.messages.stream(**asked) as stream:
        return json.loads("".join(stream.text_stream))


def messages_async():
    async def streamed():
        async with anthropic.AsyncAnthropic(base_url=GATEWAY, api_key=KEY, max_retries=0) as client:
            asked = {"model": "claude", "max_tokens": 64, "messages": says("hi")}
            async with client.messages.stream(**asked) as stream:
                return "".join([text async for text in stream.text_stream])

    return asyncio.run(streamed())


def messages_counted():
    return claude.messages.count_tokens(model="claude", messages=says("hi")).input_tokens > 0


def messages_refused():
    return message("FAIL")


def messages_unknown():
    return claude.messages.create(model="nobody", max_tokens=64, messages=says("hi"))


CASES: list[Callable] = [
    chat_plain,
    chat_streamed,
    chat_tool,
    chat_tool_streamed,
    chat_structured,
    chat_structured_streamed,
    chat_async,
    chat_headers,
    chat_refused,
    chat_unknown,
    chat_broken,
    responses_plain,
    responses_streamed,
    responses_tool,
    responses_tool_streamed,
    responses_structured,
    embeddings,
    models,
    messages_plain,
    messages_streamed,
    messages_tool,
    messages_tool_streamed,
    messages_structured,
    messages_structured_streamed,
    messages_async,
    messages_counted,
    messages_refused,
    messages_unknown,
]

for case in CASES:
    try:
        came = {"result": case()}
    except Exception as error:  # What a caller would have to catch is what is asked for.
        came = {"raised": type(error).__name__, "status": getattr(error, "status_code", None)}
        if came["status"] is None:
            came["message"] = str(error)
    print(json.dumps({"case": case.__name__, **came}), flush=True)
