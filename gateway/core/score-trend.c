/* Two means of one score. */
#include "core/score-trend.h"

/* A new score counts for one part of so many. */
#define LATE 3
#define USUAL 30

double
weir_score_trend_add (WeirScoreTrend *trend, guint score, guint threshold)
{
  double way;

  if (!trend->any)
    *trend = (WeirScoreTrend){ .any = TRUE, .late = score, .usual = score };
  trend->late += (score - trend->late) / LATE;
  trend->usual += (score - trend->usual) / USUAL;
  if (score >= threshold)
    return 1;
  if (trend->late <= trend->usual)
    return 0;
  way = threshold - trend->usual;
  return way > 0 ? MIN ((trend->late - trend->usual) / way, 1) : 1;
}
