/**
 * Estimated mean opinion score of a G.711 call from loss and delay: ITU-T G.107 (E-model) with its default values, where
 * only the delay impairment Id (simplified as in Cole and Rosenbluth 2001) and the effective equipment impairment Ie-eff of
 * G.113 for G.711 with loss concealment (Ie 0, Bpl 25.1) remain.
 * @param lossShare 0 to 1, packets lost or too late
 * @param oneWayDelayMs mouth to ear: half the round trip, the jitter buffer and a frame
 * @returns 1 to 4.41
 */
export function estimateMos(lossShare: number, oneWayDelayMs: number): number {
  const lossPercent = Math.max(0, Math.min(1, lossShare)) * 100;
  const delayMs = Math.max(0, oneWayDelayMs);
  const delayImpairment = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const equipmentImpairment = (95 * lossPercent) / (lossPercent + 25.1);
  return mosOfRating(93.2 - delayImpairment - equipmentImpairment);
}

/** G.107 annex B: the mean opinion score of a transmission rating R. */
export function mosOfRating(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
