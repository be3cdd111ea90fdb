import fc from 'fast-check';
import { languageOf } from './language.ts';

test.each([
  ['en', 'Hello, I was charged twice for my order. What can you do?'],
  ['de', 'Hallo, ich habe die Ware nicht bekommen. Wo ist mein Paket?'],
  ['fr', 'Bonjour, je ne trouve pas ma commande. Où est le colis et comment je peux le suivre ?'],
  ['es', 'Hola, no encuentro mi pedido. ¿Dónde está y qué puedo hacer?'],
  ['it', 'Non trovo il mio ordine. Dove sono i pacchi e come posso fare?'],
  ['pt', 'Olá, eu não encontro o meu pedido. Você pode ver onde está?'],
  ['nl', 'Ik kan het pakket niet vinden. Waar is het en hoe kan ik u bellen?'],
  ['pl', 'Nie mogę znaleźć paczki. Gdzie jest i jak to się robi?'],
  ['cyrillic', 'Где мой заказ? Я жду уже неделю.'],
  ['japanese', '私の荷物はどこですか'],
  ['han', '我的包裹在哪里'],
  ['hangul', '제 소포는 어디에 있나요'],
  ['arabic', 'أين طردي'],
  ['hebrew', 'איפה החבילה שלי'],
  ['greek', 'Πού είναι το δέμα μου'],
  ['devanagari', 'मेरा पार्सल कहाँ है'],
  ['thai', 'พัสดุของฉันอยู่ที่ไหน'],
  ['other', 'სად არის ჩემი ამანათი'],
  ['latin', 'Order 4711, invoice'],
  ['none', '12 + 30 = ?'],
  ['none', ''],
])('%s: %s', (language, text) => expect(languageOf(text)).toBe(language));

test('any text is of one of a few languages', () => {
  const known =
    /^(en|de|fr|es|it|pt|nl|pl|latin|japanese|han|cyrillic|arabic|devanagari|hangul|greek|hebrew|thai|other|none)$/;
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => known.test(languageOf(text))));
});
