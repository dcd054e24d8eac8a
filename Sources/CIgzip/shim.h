// ISA-L's igzip: gzip members at several times the speed of libdeflate, for the choices that are not "small".
#pragma once
#include <isa-l/igzip_lib.h>
#include <stdint.h>

/// Bytes of working memory that a level needs; reused from member to member.
static inline uint32_t mc_igzip_level_byte_count(uint32_t level) {
    return level >= 3 ? ISAL_DEF_LVL3_DEFAULT : level == 2 ? ISAL_DEF_LVL2_DEFAULT : ISAL_DEF_LVL1_DEFAULT;
}

/// Makes one whole gzip member (RFC 1952) of `raw`, with no time and no name in its header.
/// Returns its length, or 0 when `room` bytes are too few.
static inline uint32_t mc_igzip_member(uint32_t level, uint8_t *level_buffer, const uint8_t *raw, uint32_t raw_count,
                                       uint8_t *member, uint32_t room) {
    struct isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    stream.gzip_flag = IGZIP_GZIP;
    stream.level = level;
    stream.level_buf = level_buffer;
    stream.level_buf_size = mc_igzip_level_byte_count(level);
    stream.next_in = (uint8_t *)raw;
    stream.avail_in = raw_count;
    stream.next_out = member;
    stream.avail_out = room;
    return isal_deflate_stateless(&stream) == COMP_OK && stream.avail_in == 0 ? stream.total_out : 0;
}

/// How a member goes on behind its beginning.
enum mc_member_beginning { mc_member_whole, mc_member_cut_off, mc_member_damaged };

/// Inflates the beginning of a gzip member: what `room` bytes take, `*raw_count` of them.
/// A whole member and one that goes on behind `room` bytes give `mc_member_whole`, one that ends with `stored_count`
/// bytes too early `mc_member_cut_off`.
static inline enum mc_member_beginning mc_igzip_begin(const uint8_t *stored, uint32_t stored_count, uint8_t *raw,
                                                      uint32_t room, uint32_t *raw_count) {
    struct inflate_state state;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    state.next_in = (uint8_t *)stored;
    state.avail_in = stored_count;
    state.next_out = raw;
    state.avail_out = room;
    int status = isal_inflate(&state);
    *raw_count = room - state.avail_out;
    if (status < 0) return mc_member_damaged;
    return state.block_state == ISAL_BLOCK_FINISH || state.avail_out == 0 ? mc_member_whole : mc_member_cut_off;
}
