import { testLoss } from '@hcsc/testing';
import { infoNCE } from './info-nce.js';

testLoss('infoNCE', infoNCE);
testLoss('infoNCE, reference', (q, k, n, r) => infoNCE(q, k, n, { ...r, mode: 'reference' }), { masks: 'reference' });
