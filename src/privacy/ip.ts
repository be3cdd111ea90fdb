import { isIPv6 } from 'node:net';
import { type Detector, matchesOf } from './span.ts';

const V4 =
  /(?<![\w.-])(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}(?![\w-]|\.\w)/g;
const V6 = /(?<![\w:.])(?=[0-9a-f]{0,4}:)[0-9a-f:.]{3,45}(?<!\.|(?<!:):)(?!\w|:[\w:])/gi;

/** IP addresses of both versions, without port, prefix or zone. Names such as `a::b` in code are not addresses. */
export const ip: Detector = {
  kind: 'IP',
  spansIn: (text) => [
    ...matchesOf('IP', text, V4),
    ...matchesOf('IP', text, V6, (matched) => /\d/.test(matched) && isIPv6(matched)),
  ],
};
