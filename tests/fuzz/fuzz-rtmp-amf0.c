/* Fuzzes AMF0, commands and metadata on a message's body. */
#include <stdint.h>

#include "rtmp/enhanced.h"
#include "rtmp/message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  for (guint amf3 = 0; amf3 < 2; amf3++) {
    g_auto (WeirRtmpCommand) command = { 0 };
    gssize offset = weir_rtmp_metadata_offset (data, size, amf3 != 0);

    g_assert_cmpint (offset, <, (gssize) size);
    if (offset >= 0)
      weir_rtmp_metadata_is_on_meta_data (data + offset, size - (gsize) offset);
    if (weir_rtmp_command_read (data, size, amf3 != 0, &command, NULL)) {
      weir_amf0_find (weir_rtmp_command_object (&command), "app");
      weir_amf0_get_string (weir_rtmp_command_argument (&command, 0));
      weir_rtmp_read_capabilities (weir_rtmp_command_object (&command));
      weir_rtmp_read_capabilities (weir_rtmp_command_argument (&command, 0));
    }
  }
  return 0;
}
