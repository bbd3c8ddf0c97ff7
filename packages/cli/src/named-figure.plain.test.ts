import { expect, test } from 'vitest';
import { namedFigure } from './named-figure.js';

test.each([
  ['toGlobalTeacherEntropy', 'Entropy, to global', 'teacher'],
  ['toGlobalStudentEntropy', 'Entropy, to global', 'student'],
  ['infoNCEEntropy', 'Entropy, info', 'nce'],
  ['teacherEntropy', 'Entropy', 'teacher'],
  ['entropy', 'Entropy', 'entropy'],
])('%s is in nats: the word before it names its line, what stands before that its plot', (part, title, line) => {
  expect(namedFigure(part)).toEqual({ title, yLabel: 'nats', line });
});

test.each([
  ['toGlobalAgreement', 'to global'],
  ['agreement', 'agreement'],
])('%s is a share, in the plot of all agreements', (part, line) => {
  expect(namedFigure(part)).toEqual({ title: 'Agreement', yLabel: 'share', yRange: [0, 1], line });
});

test.each(['toGlobal', 'icsc', 'keep1', 'disagreement', 'entropyOfKeys', ''])('%j is a part like any other', (part) => {
  expect(namedFigure(part)).toBeNull();
});
