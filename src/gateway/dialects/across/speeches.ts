import { messagesSpeech } from '../anthropic/messages-speech.ts';
import type { Speech } from '../endpoint.ts';
import { chatSpeech } from '../openai/chat-speech.ts';
import { messagesFromChat } from './chat-to-messages.ts';
import { eventsFromChunks, messageFromCompletion, messagesError } from './completion-to-message.ts';
import { chatError, chunksFromEvents, completionFromMessage } from './message-to-completion.ts';
import { chatFromMessages } from './messages-to-chat.ts';

/** Chat completions at providers of Anthropic's dialect. */
export const chatOverMessages: Speech = {
  ...messagesSpeech,
  write: messagesFromChat,
  back: { answer: completionFromMessage, error: chatError, events: chunksFromEvents },
};

/** Messages at providers of OpenAI's dialect. */
export const messagesOverChat: Speech = {
  ...chatSpeech,
  write: chatFromMessages,
  back: { answer: messageFromCompletion, error: messagesError, events: eventsFromChunks },
};
